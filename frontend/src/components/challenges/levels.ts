import { t } from "@/i18n";
import type { StandingsRow } from "@/api/types";
import type { CsvValue } from "@/components/reports/csv";

type Part = StandingsRow["parts"][number];
export type PartMeasure = "dice" | "identification_rate" | "distance_mm" | "hausdorff_mm";

export const MEASURES: readonly (readonly [PartMeasure, string])[] = [
  ["dice", "Dice"],
  ["identification_rate", t("Identification")],
  ["distance_mm", t("Distance (mm)")],
  ["hausdorff_mm", t("Hausdorff (mm)")],
];
export const MEASURE_DIGITS: Readonly<Record<PartMeasure, number>> = {
  dice: 3,
  identification_rate: 3,
  distance_mm: 1,
  hausdorff_mm: 1,
};

/** The regions and levels of a board: all teams were scored on the same. */
export function partNames(rows: readonly StandingsRow[]): readonly Part[] {
  return rows[0]?.parts ?? [];
}

export function partOf(row: StandingsRow, name: string): Part | undefined {
  return row.parts.find((part) => part.name === name);
}

/** Every team on every region and level, for a spreadsheet. */
export function partCsv(rows: readonly StandingsRow[]): { header: string[]; rows: CsvValue[][] } {
  return {
    header: ["team", "level", "vertebrae", ...MEASURES.map(([name]) => name)],
    rows: rows.flatMap((row) =>
      row.parts.map((part) => [row.team, part.name, part.vertebrae, ...MEASURES.map(([name]) => part[name])]),
    ),
  };
}
