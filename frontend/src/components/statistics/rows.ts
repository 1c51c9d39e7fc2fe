/** The server's counts as rows of charts and words of tables. */

import { answered, decimal, t } from "@/i18n";

export interface CountRow {
  readonly group: string;
  readonly [series: string]: string | number;
}

export function groupRows(counts: Readonly<Record<string, number>>): CountRow[] {
  return Object.entries(counts).map(([group, count]) => ({ group, count }));
}

export function typeRows(types: Readonly<Record<string, Readonly<Record<string, number>>>>): CountRow[] {
  return Object.entries(types).map(([type, grades]) => ({ group: capitalised(type), ...grades }));
}

const TEST_TITLES: Readonly<Record<string, string>> = { bmd: t("Bone density") };

export function testTitle(name: string): string {
  return TEST_TITLES[name] ?? capitalised(name);
}

const VARIANT_TITLES: Readonly<Record<string, string>> = {
  "student, equal variances": t("Student's t, equal variances"),
  welch: t("Welch's t"),
  pearson: t("Pearson's χ²"),
  yates: t("χ² with Yates' correction"),
  fisher: t("Fisher's exact"),
  permutation: t("χ² by permutation"),
};

/** The variant of a test by its usual name. */
export function variantTitle(variant: string): string {
  return VARIANT_TITLES[variant] ?? capitalised(variant);
}

export function columnTitle(name: string): string {
  return capitalised(name);
}

/** Two figures, or "< 0.001"; a dash where the test could not be made. */
export function formatP(p: number | null): string {
  if (p === null) return "–";
  if (p < 0.001) return "< 0.001";
  return p < 0.1 ? decimal(p.toFixed(3)) : decimal(p.toFixed(2));
}

function capitalised(text: string): string {
  return answered(text.charAt(0).toUpperCase() + text.slice(1));
}
