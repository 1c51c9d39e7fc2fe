/** How many pairs of raters figures are made of, in words. */

import { t } from "@/i18n";
import { formatNumber } from "@/state/format";

/** What the report holds together: pairs of masks, or grades alone where only one person draws each case. */
export function basisText(pairs: number): string {
  return pairs === 0
    ? t("no case has two masks to compare, so only grades are compared")
    : t("{{pairs}} comparisons of two raters on a vertebra", { pairs: formatNumber(pairs) });
}

/** Of how many pairs the points of a curve are, from the least to the most. */
export function pairsText(counts: readonly number[]): string {
  if (counts.length === 0) return t("no pairs of raters");
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return t("n = {{low}} pairs of raters each", { low: low === high ? low : t("{{low}} to {{high}}", { low, high }) });
}
