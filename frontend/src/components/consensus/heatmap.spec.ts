import { describe, expect, it } from "vitest";
import type { ComparisonReport, LabelAgreement } from "@/api/types";
import { goodness, heatMap } from "./heatmap";

const T12 = 19;
const L1 = 20;
const T13 = 28;

function entry(label: number, dices: Record<string, number>, more: Partial<LabelAgreement> = {}): LabelAgreement {
  return {
    label,
    names: [label, label, label],
    missing: [],
    naming_disputed: false,
    mean_dice: 0.9,
    minimum_dice: 0.8,
    hd95_mm: 2,
    assd_mm: 0.5,
    nsd_1mm: 0.9,
    conformity_index: 0.8,
    also: [],
    pairs: Object.entries(dices).map(([key, dice]) => ({
      raters: key.split("-").map(Number),
      dice,
      jaccard: 0.8,
      hausdorff_mm: 3,
      nsd_2mm: 0.95,
      centroid_distance_mm: 0.4,
      volume_difference_ml: -1,
      hd95_mm: 2,
      assd_mm: 0.5,
      nsd_1mm: 0.9,
      volume_a_ml: 30,
      volume_b_ml: 31,
    })),
    ...more,
  };
}

const nothing: ComparisonReport = {
  slots: [],
  mask_slots: [],
  raters: 0,
  empty_raters: [],
  dice_matrix: [],
  labels: {},
  pairs: [],
  naming_disputes: [],
  grades: { labels: {}, pairs: 0, exact: null, within_one: null, disputed: [] },
  suspects: [],
  spots_total: 0,
};

const report: ComparisonReport = {
  ...nothing,
  slots: ["A", "B", "C"],
  labels: {
    "20": entry(L1, { "0-1": 0.97, "1-2": 0.9, "0-2": 0.96 }),
    "28": entry(T13, { "0-1": 0.98 }, { missing: [2], names: [T13, T13, 0] }),
    "19": entry(T12, { "0-1": 0.99, "0-2": 0.99, "1-2": 0.99 }),
  },
};

describe("heatMap", () => {
  const map = heatMap(report, "dice", { dice_below: 0.95, hd95_mm_above: 3 })!;

  it("orders vertebrae down the spine, not by number", () => {
    expect(map.rows.map(({ label }) => label)).toEqual([T12, T13, L1]);
  });

  it("has a column for each pair, and finds a pair's value whatever the order of the list", () => {
    expect(map.columns).toEqual(["A–B", "A–C", "B–C"]);
    expect(map.rows[2]!.cells.map(({ value }) => value)).toEqual([0.97, 0.96, 0.9]);
  });

  it("marks what lies under the project's threshold", () => {
    expect(map.rows[2]!.cells.map(({ beyond }) => beyond)).toEqual([false, false, true]);
  });

  it("tells a vertebra that a rater did not draw from one without a number", () => {
    const [ab, ac, bc] = map.rows[1]!.cells;
    expect(ab).toMatchObject({ value: 0.98, absent: "" });
    expect(ac).toMatchObject({ value: null, absent: "missing", beyond: true });
    expect(bc).toMatchObject({ absent: "missing" });
    expect(map.rows[1]!.missing).toEqual(["C"]);
  });

  it("turns the threshold round for distances", () => {
    const far = heatMap(report, "hd95_mm", { hd95_mm_above: 1.5 })!;
    expect(far.rows[0]!.cells.every(({ beyond }) => beyond)).toBe(true);
  });

  it("is null where only grades were compared", () => {
    expect(heatMap({ ...nothing, slots: ["A", "B"] }, "dice", {})).toBeNull();
    expect(heatMap(nothing, "dice", {})).toBeNull();
  });
});

describe("goodness", () => {
  it("runs from worst to best for overlaps and distances alike, and stays inside", () => {
    expect(goodness("dice", 1)).toBe(1);
    expect(goodness("dice", 0.9)).toBeCloseTo(0.5);
    expect(goodness("dice", 0.1)).toBe(0);
    expect(goodness("hd95_mm", 0)).toBe(1);
    expect(goodness("hd95_mm", 40)).toBe(0);
  });
});
