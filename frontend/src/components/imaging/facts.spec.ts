import { describe, expect, it } from "vitest";
import { factName, factValue } from "./facts";

describe("facts", () => {
  it("writes the unit that the key names", () => {
    expect(factValue("slice_thickness_mm", 1.25)).toBe("1.25 mm");
    expect(factValue("kvp", 120)).toBe("120 kV");
    expect([factName("ctdi_vol_mgy"), factValue("ctdi_vol_mgy", 7.4)]).toEqual(["CTDIvol", "7.4 mGy"]);
    expect(factValue("original_spacing_mm", [0.703125, 0.703125, 1])).toBe("0.703 × 0.703 × 1 mm");
  });

  it("hides what is not known, but not a zero", () => {
    expect(factValue("kernel", "")).toBeNull();
    expect(factValue("gantry_tilt_degrees", 0)).toBe("0 °");
  });

  it("has a readable name for keys that it does not know", () => {
    expect(factName("scan_length_mm")).toBe("Scan length");
    expect(factName("kvp")).toBe("Tube voltage");
  });
});
