import { expect, it } from "vitest";
import { archiveTitle } from "./ArchiveRow";

it("calls an archive by its part or its tool, never by its key", () => {
  const titles = ["all", "training", "validation", "test"].map((name) => archiveTitle({ name, layout: "verse" }));
  expect(titles).toEqual(["All that is open", "Training", "Validation (public)", "Test (may be secret)"]);
  expect(archiveTitle({ name: "nnunet", layout: "nnunet" })).toBe("nnU-Net v2");
});
