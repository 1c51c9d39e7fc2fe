import type { Calibration, Phase } from "@/state/measurements";

/** The line that a record stands for. */
export function lineText({ kind, slope, intercept }: Pick<Calibration, "kind" | "slope" | "intercept">): string {
  const sign = intercept < 0 ? "−" : "+";
  return `${kind === "density" ? "mg/cm³" : "HU without contrast"} = ${slope} × HU ${sign} ${Math.abs(intercept)}`;
}

export const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  none: "no contrast",
  arterial: "arterial",
  portal_venous: "portal venous",
};

export const PHASE_OPTIONS = (Object.keys(PHASE_NAMES) as Phase[]).map((value) => ({
  value,
  label: PHASE_NAMES[value],
}));

export const CATEGORY_NAMES = {
  osteoporosis: "under 80: osteoporosis",
  low: "80 to 120: low",
  normal: "over 120: normal",
} as const;

const EXCLUSIONS: Readonly<Record<string, string>> = {
  fractured: "fractured",
  foreign_material: "foreign material",
  metal: "metal",
  too_small: "region too small",
  sclerotic: "sclerotic",
};

export function exclusionName(code: string): string {
  return EXCLUSIONS[code] ?? code;
}
