/** How many pairs of raters figures are made of, in words. */

import { formatNumber } from "@/state/format";

/** What the report holds together: pairs of masks, or grades alone where only one person draws each case. */
export function basisText(pairs: number): string {
  return pairs === 0
    ? "no case has two masks to hold against each other, so only grades are compared"
    : `${formatNumber(pairs)} times two raters are held against each other on a vertebra`;
}

/** Of how many pairs the points of a curve are, from the least to the most. */
export function pairsText(counts: readonly number[]): string {
  if (counts.length === 0) return "no pairs of raters";
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return `n = ${low === high ? low : `${low} to ${high}`} pairs of raters each`;
}
