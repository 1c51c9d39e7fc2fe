import { t } from "@/i18n";
import type { Calibration, Phase } from "@/state/measurements";

/** The line that a record stands for. */
export function lineText({ kind, slope, intercept }: Pick<Calibration, "kind" | "slope" | "intercept">): string {
  const sign = intercept < 0 ? "−" : "+";
  return t("{{kind}} = {{slope}} × HU {{sign}} {{intercept}}", {
    kind: kind === "density" ? "mg/cm³" : t("HU without contrast"),
    slope,
    sign,
    intercept: Math.abs(intercept),
  });
}

export const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  none: t("no contrast"),
  arterial: t("arterial"),
  portal_venous: t("portal venous"),
};

export const PHASE_OPTIONS = (Object.keys(PHASE_NAMES) as Phase[]).map((value) => ({
  value,
  label: PHASE_NAMES[value],
}));

export const CATEGORY_NAMES = {
  osteoporosis: t("under 80: osteoporosis"),
  low: t("80 to 120: low"),
  normal: t("over 120: normal"),
} as const;

const EXCLUSIONS: Readonly<Record<string, string>> = {
  fractured: t("fractured"),
  foreign_material: t("foreign material"),
  metal: t("metal"),
  too_small: t("region too small"),
  sclerotic: t("sclerotic"),
};

export function exclusionName(code: string): string {
  return EXCLUSIONS[code] ?? code;
}
