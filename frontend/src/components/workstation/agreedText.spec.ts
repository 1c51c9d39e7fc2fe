import { describe, expect, it } from "vitest";
import { agreedText, isFractured, methodText } from "./agreedText";

const GRADE = { label: 21, grade: 2, fracture_type: "wedge", not_gradable_reason: "", method: "adjudicated" } as const;

describe("grades that stand", () => {
  it("tells grade and type", () => {
    expect(agreedText(GRADE)).toBe("grade 2 wedge");
    expect(agreedText({ ...GRADE, grade: 0, fracture_type: "" })).toBe("no fracture");
  });

  it("tells why there is none", () => {
    expect(agreedText({ ...GRADE, grade: null, fracture_type: "", not_gradable_reason: "" })).toBe("not gradable");
    expect(isFractured({ grade: null })).toBe(false);
  });

  it("tells how it came to stand", () => {
    expect(methodText("adjudicated")).toBe("settled by an expert");
    expect(methodText("by_hand")).toBe("by hand");
  });
});
