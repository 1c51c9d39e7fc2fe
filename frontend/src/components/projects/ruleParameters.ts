/** A rule's values as text that people edit: lists with commas, words to patterns as "Siemens: ...; Philips: ...". */

import { t } from "@/i18n";
import type { InclusionRule } from "@/state/rules";

export type RuleValue = InclusionRule["parameters"][string];

const NAMES: Readonly<Record<string, string>> = {
  days: t("Days"),
  years: t("Older than, years"),
  kvp: "kVp",
  planes: t("Planes"),
  sharp_kernels: t("Sharp kernels (patterns by manufacturer)"),
  mm: t("At most, mm"),
  first: t("From"),
  last: t("To"),
  slice_mm: t("Slices from, to, mm"),
  adaptive_tube_load: t("Adaptive tube load must be known"),
  irb: t("Approval number"),
  consent_waived: t("Consent is waived"),
};

export function parameterName(name: string): string {
  return NAMES[name] ?? name;
}

export function shownParameter(value: RuleValue): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object")
    return Object.entries(value)
      .map(([word, pattern]) => `${word}: ${pattern}`)
      .join("; ");
  return String(value);
}

/** The text as a value of the same shape as `like`; the server says what is wrong with it. */
export function parseParameter(text: string, like: RuleValue): RuleValue {
  const parts = (separator: string): string[] =>
    text
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== "");
  if (Array.isArray(like)) return typeof like[0] === "number" ? parts(",").map(Number) : parts(",");
  if (typeof like === "object") {
    return Object.fromEntries(
      parts(";").map((part): [string, string] => {
        const colon = part.indexOf(":");
        return [part.slice(0, Math.max(colon, 0)).trim(), part.slice(colon + 1).trim()];
      }),
    );
  }
  return text;
}
