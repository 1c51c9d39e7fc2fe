import { describe, expect, it } from "vitest";
import { chooseFiles, isJunk, relativePathOf } from "./files";

describe("relativePathOf", () => {
  it("reads folder pickers and drop zones alike", () => {
    expect(relativePathOf({ name: "1.dcm", webkitRelativePath: "study/ct/1.dcm" })).toBe("study/ct/1.dcm");
    expect(relativePathOf({ name: "1.dcm", path: "/study/ct/1.dcm" })).toBe("study/ct/1.dcm");
    expect(relativePathOf({ name: "1.dcm", path: "./1.dcm" })).toBe("1.dcm");
    expect(relativePathOf({ name: "ct.nii.gz" })).toBe("ct.nii.gz");
  });

  it("keeps a path inside what was dropped", () => {
    expect(relativePathOf({ name: "x", path: "../../etc/x" })).toBe("etc/x");
  });
});

describe("chooseFiles", () => {
  const file = (name: string) => new File(["x"], name);

  it("leaves out what operating systems put there, and says how many", () => {
    const { chosen, skipped } = chooseFiles([file(".DS_Store"), file("ct.nii.gz"), file("._ct.nii.gz")]);
    expect(chosen.map(({ path }) => path)).toEqual(["ct.nii.gz"]);
    expect(skipped).toBe(2);
  });

  it("keeps DICOM files, which have no extension of their own", () => {
    expect(isJunk("study/IM000001")).toBe(false);
    expect(isJunk("study/DICOMDIR")).toBe(false);
  });

  it("sorts slices by number and takes a path once", () => {
    const { chosen } = chooseFiles([file("10.dcm"), file("2.dcm"), file("2.dcm")]);
    expect(chosen.map(({ path }) => path)).toEqual(["2.dcm", "10.dcm"]);
  });
});
