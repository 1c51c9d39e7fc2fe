import { describe, expect, it } from "vitest";
import { flagsText, flagText, suggestionText } from "./measuredText";

const SUGGESTION = {
  grade: 2,
  fracture_type: "wedge",
  loss_percent: 27.6,
  expected_mm: [26, 26, 26],
  expected_loss_percent: 31.2,
  uncertainty_percent: 3.4,
  flags: [],
} as const;

describe("suggestionText", () => {
  it("tells grade, type, both losses and how sure they are", () => {
    expect(suggestionText(SUGGESTION)).toBe(
      "The heights suggest grade 2, wedge. Loss against its own height 28 %, against its neighbours 31 % (± 3 points).",
    );
  });

  it("names no grade where a reader must decide", () => {
    const mild = { ...SUGGESTION, grade: null, fracture_type: "", flags: ["needs_reader"] };
    expect(suggestionText(mild)).toContain("suggest no grade.");
    expect(suggestionText(mild)).toBe(
      "The heights suggest no grade. Loss against its own height 28 %, against its neighbours 31 % (± 3 points). Mild band: a reader decides.",
    );
  });

  it("does not make up losses", () => {
    const none = {
      ...SUGGESTION,
      grade: null,
      fracture_type: "",
      loss_percent: null,
      expected_loss_percent: null,
      uncertainty_percent: null,
    };
    expect(suggestionText(none)).toBe("The heights suggest no grade.");
    expect(suggestionText({ ...SUGGESTION, expected_loss_percent: null })).toContain("against its neighbours –");
  });
});

describe("flagText", () => {
  it("begins a sentence of several flags in capitals", () => {
    expect(flagsText(["borderline", "metal"])).toBe("Near a limit between grades; metal");
    expect(flagsText([])).toBe("");
  });

  it("shows a flag without words as it is", () => {
    expect([flagText("cut_off"), flagText("new_flag")]).toEqual(["cut off by the image", "new_flag"]);
  });
});
