import { expect, it } from "vitest";
import { sourceText } from "./sources";

const NAMES = new Map([
  ["a", "study/ct10.dcm"],
  ["b", "study/ct2.dcm"],
]);
const nameOf = (id: string) => NAMES.get(id);

it("names the first file of a series, where this window sent it", () => {
  expect(sourceText(["a"], nameOf)).toBe("From study/ct10.dcm");
  expect(sourceText(["a", "b", "c"], nameOf)).toBe("From study/ct2.dcm and 2 more files");
  expect(sourceText(["c", "d"], nameOf)).toBe("From 2 files");
  expect(sourceText([], nameOf)).toBe("");
});
