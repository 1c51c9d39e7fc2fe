import { expect, it } from "vitest";
import { isClear, type BeforeHandIn } from "./submitting";

const CLEAR: BeforeHandIn = {
  missing: [],
  undecided: [],
  namesOpen: false,
  unticked: [],
  neverInView: [],
  findings: [],
  checking: false,
  unsavedGradings: 0,
};

it("hands in without a dialog only where the dialog would have nothing to say", () => {
  expect(isClear(CLEAR)).toBe(true);
  const open: Partial<BeforeHandIn>[] = [
    { missing: [{}] },
    { undecided: [20] },
    { namesOpen: true },
    { unticked: [20] },
    { neverInView: [20] },
    { findings: [{}] },
    { findings: undefined },
    { checking: true },
    { unsavedGradings: 1 },
  ];
  expect(open.filter((part) => isClear({ ...CLEAR, ...part }))).toEqual([]);
});
