/** The numbers of a comparison arranged as a grid: a row for each vertebra, a column for each pair of raters. */

import { t } from "@/i18n";
import type { ComparisonReport, LabelAgreement } from "@/api/types";
import { sortLabels } from "@/domain/labels";

export type Metric = "dice" | "hd95_mm" | "assd_mm" | "nsd_1mm";

export interface MetricLook {
  readonly name: string;
  readonly digits: number;
  readonly unit: string;
  /** Values drawn as worst and best; beyond them the colour stays. */
  readonly worst: number;
  readonly best: number;
}

export const METRICS: Record<Metric, MetricLook> = {
  dice: { name: "Dice", digits: 3, unit: "", worst: 0.8, best: 1 },
  hd95_mm: { name: "HD95", digits: 1, unit: "mm", worst: 8, best: 0 },
  assd_mm: { name: t("ASSD"), digits: 2, unit: "mm", worst: 2, best: 0 },
  nsd_1mm: { name: t("Surface Dice 1 mm"), digits: 3, unit: "", worst: 0.8, best: 1 },
};

export interface HeatCell {
  readonly value: number | null;
  /** Why there is no value. */
  readonly absent: "" | "missing" | "undefined";
  /** Under the project's threshold: this vertebra goes to an expert. */
  readonly beyond: boolean;
}

export interface HeatRow {
  readonly label: number;
  readonly cells: readonly HeatCell[];
  readonly overall: HeatCell;
  readonly namingDisputed: boolean;
  /** Letters of the raters who did not draw it. */
  readonly missing: readonly string[];
  readonly names: readonly number[];
}

export interface HeatMap {
  readonly columns: readonly string[];
  readonly rows: readonly HeatRow[];
}

export interface Thresholds {
  readonly dice_below?: number;
  readonly hd95_mm_above?: number;
}

/** Steps of 1 mm stored as float32 are a hair off; as in backend/science/tolerances.py. */
const DISTANCE_SLACK_MM = 1e-4;

export function slotName(slot: number): string {
  return String.fromCharCode("A".charCodeAt(0) + slot);
}

function pairsOf(raters: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let a = 0; a < raters; a += 1) for (let b = a + 1; b < raters; b += 1) pairs.push([a, b]);
  return pairs;
}

function isBeyond(metric: Metric, value: number, { dice_below: dice, hd95_mm_above: hd95 }: Thresholds): boolean {
  if (metric === "dice") return dice !== undefined && value < dice;
  if (metric === "hd95_mm") return hd95 !== undefined && value > hd95 + DISTANCE_SLACK_MM;
  return false;
}

function cell(metric: Metric, value: number | null | undefined, missing: boolean, thresholds: Thresholds): HeatCell {
  if (missing) return { value: null, absent: "missing", beyond: true };
  if (value == null) return { value: null, absent: "undefined", beyond: false };
  return { value, absent: "", beyond: isBeyond(metric, value, thresholds) };
}

function overallOf(metric: Metric, entry: LabelAgreement): number | null {
  return metric === "dice" ? entry.mean_dice : entry[metric];
}

/** Null where the raters' masks were not compared (grades only, or fewer than two masks). */
export function heatMap(report: ComparisonReport, metric: Metric, thresholds: Thresholds): HeatMap | null {
  const { labels, slots } = report;
  if (Object.keys(labels).length === 0) return null;
  const pairs = pairsOf(slots.length);
  const letter = (index: number) => slots[index] ?? slotName(index);
  const rows = sortLabels(Object.keys(labels).map(Number)).flatMap((label): HeatRow[] => {
    const entry = labels[String(label)];
    if (entry === undefined) return [];
    const missing = new Set(entry.missing);
    const cells = pairs.map(([a, b]) => {
      const pair = entry.pairs.find(({ raters }) => raters.includes(a) && raters.includes(b));
      return cell(metric, pair?.[metric], missing.has(a) || missing.has(b), thresholds);
    });
    return [
      {
        label,
        cells,
        overall: cell(metric, overallOf(metric, entry), missing.size > 0 && metric !== "dice", thresholds),
        namingDisputed: entry.naming_disputed,
        missing: entry.missing.map(letter),
        names: entry.names,
      },
    ];
  });
  return { columns: pairs.map(([a, b]) => `${letter(a)}–${letter(b)}`), rows };
}

/** How good a value is, from 0 (worst) to 1 (best) of the metric's scale. */
export function goodness(metric: Metric, value: number): number {
  const { worst, best } = METRICS[metric];
  return Math.min(1, Math.max(0, (value - worst) / (best - worst)));
}
