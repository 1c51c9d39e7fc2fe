import { describe, expect, it } from "vitest";
import { errorFromResponse } from "@/api/errors";
import { refusedFiles } from "./report";

describe("refusedFiles", () => {
  const fault = { file: "sub-1_msk.nii.gz", code: "other_grid", message: "its voxels are not those of the CT" };

  it("names each file of a refused archive, and how many more there are", () => {
    const error = errorFromResponse(400, {
      code: "bad_archive",
      message: "The archive cannot be used.",
      extra: { report: { cases: 0, missing: [], extra: ["notes.txt"], faults: [fault], faults_count: 3 } },
    });
    expect(refusedFiles(error)).toEqual({
      message: "The archive cannot be used.",
      faults: [fault],
      more: 2,
      extra: ["notes.txt"],
    });
  });

  it("leaves other failures to the usual message", () => {
    expect(refusedFiles(errorFromResponse(409, { code: "daily_limit", message: "No.", extra: {} }))).toBeNull();
    expect(refusedFiles(new Error("no"))).toBeNull();
  });
});
