import { decimal, t } from "@/i18n";
import type { Estimate } from "@/api/types";

export function estimateText({ value, low, high }: Estimate, digits = 3): string {
  if (value === null) return "–";
  const middle = decimal(value.toFixed(digits));
  return low === null || high === null
    ? middle
    : t("{{middle}} ({{low}} to {{high}})", {
        middle,
        low: decimal(low.toFixed(digits)),
        high: decimal(high.toFixed(digits)),
      });
}

/** The three columns of a figure in a CSV file. */
export function estimateColumns(name: string): string[] {
  return [name, `${name}_low`, `${name}_high`];
}

export function estimateFields({ value, low, high }: Estimate): (number | null)[] {
  return [value, low, high];
}
