import { expect, it } from "vitest";
import { stillOpenText } from "./accepting";

it("asks about open notes, warnings and what was not looked at, and says nothing where nothing is open", () => {
  expect(stillOpenText({ notes: 0, warnings: 0, unticked: [], neverInView: [] })).toEqual([]);
  expect(stillOpenText({ notes: 1, warnings: 2, unticked: [18, 19, 20], neverInView: [19, 20] })).toEqual([
    "1 note not resolved.",
    "2 warnings of the checks.",
    "Not ticked as looked at: T11, T12, L1.",
    "Not looked at in any plane: T12, L1.",
  ]);
  expect(stillOpenText({ notes: 2, warnings: null, unticked: null, neverInView: [] })).toEqual([
    "2 notes not resolved.",
    "The checks of the mask have not answered yet.",
    "What you have ticked as looked at has not been loaded yet.",
  ]);
});
