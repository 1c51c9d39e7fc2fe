import { describe, expect, it } from "vitest";
import { jobTitle } from "./jobs";

describe("jobTitle", () => {
  it("says what a job does for people", () => {
    expect(jobTitle("workflow.apply_overlaps")).toBe("Follow a change of the protocol");
    expect(jobTitle("pipeline.run")).toBe("Run the engine");
  });

  it("makes words of kinds that it does not know", () => {
    expect(jobTitle("archive.pack_old")).toBe("Archive pack old");
  });
});
