import { describe, expect, it } from "vitest";
import { casesOf } from "./casesOf";

const file = (path: string, item: string | null) => ({
  path,
  item_id: item,
  size_bytes: 1,
  sha256: "",
  split: "" as const,
});

describe("cases of a release", () => {
  it("have the name that their files share, once each", () => {
    const files = [
      file("README.md", null),
      file("01_training/derivatives/sub-a/sub-a_run-1_seg-vert_msk.nii.gz", "1"),
      file("01_training/rawdata/sub-a/sub-a_run-1_ct.nii.gz", "1"),
      file("01_training/rawdata/sub-a/sub-a_run-2_ct.nii.gz", "2"),
      file("01_training/derivatives/sub-a/sub-a_run-2_seg-vert_msk.nii.gz", "2"),
    ];
    expect(casesOf(files)).toEqual([
      { value: "1", label: "sub-a_run-1" },
      { value: "2", label: "sub-a_run-2" },
    ]);
  });

  it("leave out those whose mask is sealed", () => {
    expect(casesOf([file("03_test/rawdata/sub-b/sub-b_ct.nii.gz", "3")])).toEqual([]);
  });
});
