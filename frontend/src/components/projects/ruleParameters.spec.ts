import { describe, expect, it } from "vitest";
import { parseParameter, shownParameter } from "./ruleParameters";

describe("a rule's values", () => {
  it.each([[[0.9, 1]], [["sag"]], [{ Siemens: "[BH][67]\\d", Philips: "D|E" }], ["2013-01-01"]])(
    "come back from their text: %j",
    (value) => {
      expect(parseParameter(shownParameter(value), value)).toEqual(value);
    },
  );

  it("keeps what is no number for the server to refuse", () => {
    expect(parseParameter("0.9, thin", [0.9, 1])).toEqual([0.9, NaN]);
  });
});
