import { t } from "@/i18n";
import type { Split } from "@/api/types";

export const SPLITS: readonly Split[] = ["training", "validation", "test"];

export const SPLIT_NAMES: Readonly<Record<Split, string>> = {
  training: t("Training"),
  validation: t("Validation (public)"),
  test: t("Test (may be secret)"),
};

/** Whole percents that must make 100, as the form holds them, to fractions as the server takes them. */
export function toFractions(percents: Readonly<Record<Split, number>>): Record<Split, number> {
  return {
    training: percents.training / 100,
    validation: percents.validation / 100,
    test: percents.test / 100,
  };
}

/** Why the percents cannot be used, or null. */
export function fractionProblem(percents: Readonly<Record<Split, number>>): string | null {
  const sum = percents.training + percents.validation + percents.test;
  if (SPLITS.some((split) => percents[split] < 0)) return t("A share cannot be negative");
  return sum === 100 ? null : t("The shares make {{sum}} %, not 100 %", { sum });
}

/** The version after the largest of `versions`: "1.2" after "1.1"; "1.0" where there is none to count on from. */
export function nextVersion(versions: readonly string[]): string {
  const numbered = versions
    .map((version) => /^v?(\d+)\.(\d+)/.exec(version))
    .filter((match) => match !== null)
    .map(([, major, minor]) => [Number(major), Number(minor)] as const)
    .sort(([a, b], [c, d]) => a - c || b - d);
  const last = numbered.at(-1);
  return last === undefined ? "1.0" : `${last[0]}.${last[1] + 1}`;
}
