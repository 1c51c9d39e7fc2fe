import type { ModelComparison } from "@/api/types";

type Summary = NonNullable<ModelComparison["summary"]>;

const signed = (value: number): string => `${value > 0 ? "+" : value < 0 ? "−" : "±"}${Math.abs(value).toFixed(3)}`;

/** A comparison in one sentence: the mean difference over patients, its interval, and who got better or worse. */
export function describeDifference(summary: Summary): string {
  const { difference, interval_95: interval, better = 0, worse = 0, vertebrae } = summary;
  if (difference === undefined) return "Nothing could be compared.";
  const range =
    interval === undefined || interval === null || interval.length < 2
      ? " (one patient: no interval)"
      : ` (95 % interval ${interval.map(signed).join(" to ")})`;
  const same = vertebrae - better - worse;
  return `Dice ${signed(difference)}${range}: ${better} vertebrae better, ${worse} worse, ${same} the same.`;
}
