import { describe, expect, it } from "vitest";
import { provenanceText } from "./provenance";

describe("provenanceText", () => {
  it("names engine, version, device and time", () => {
    const engine = {
      engine: "builtin",
      engine_name: "Vertebase spine engine",
      engine_version: "0.3.0",
      device: "cpu",
      seconds: 26.8,
      run: "1b2c",
    };
    expect(provenanceText(engine)).toBe("Built-in engine 0.3.0 on the processor, 27 s");
    expect(provenanceText({ engine: "imported", engine_version: "1", device: "cpu", seconds: 0.1 })).toBe("");
  });

  it("says how many masks were fused, and by which method", () => {
    expect(provenanceText({ method: "staple", inputs: ["a", "b", "c"].map((mask) => ({ mask, digest: "" })) })).toBe(
      "By STAPLE of 3 masks",
    );
  });

  it("says how much a person edited", () => {
    expect(provenanceText({ session: "a", operations: 1, edited_voxels: 1860 })).toBe("1 edit, 1,860 voxels changed");
    expect(provenanceText({ session: "a", operations: 0, edited_voxels: 0 })).toBe("Nothing was edited");
    expect(provenanceText({ operations: 3, edited_voxels: 20, desktop_edits: 0 })).toBe("3 edits, 20 voxels changed");
    expect(provenanceText({ operations: 3, edited_voxels: 20, desktop_edits: 1 })).toBe(
      "3 edits, 1 from another program, 20 voxels changed",
    );
  });

  it("says why a mask is empty", () => {
    expect(provenanceText({ reason: "blank start" })).toBe("Drawn to start without the engine's mask");
    expect(provenanceText({})).toBe("");
  });
});
