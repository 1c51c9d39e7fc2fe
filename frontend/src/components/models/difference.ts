import { decimal, t } from "@/i18n";
import type { ModelComparison } from "@/api/types";

type Summary = NonNullable<ModelComparison["summary"]>;

const signed = (value: number): string =>
  `${value > 0 ? "+" : value < 0 ? "−" : "±"}${decimal(Math.abs(value).toFixed(3))}`;

/** A comparison in one sentence: the mean difference over patients, its interval, and who got better or worse. */
export function describeDifference(summary: Summary): string {
  const { difference, interval_95: interval, better = 0, worse = 0, vertebrae } = summary;
  if (difference === undefined) return t("Nothing could be compared.");
  const range =
    interval === undefined || interval === null || interval.length < 2
      ? t(" (one patient: no interval)")
      : t(" (95 % interval {{interval}})", { interval: interval.map(signed).join(t(" to ")) });
  const same = vertebrae - better - worse;
  return t("Dice {{difference}}{{range}}: {{better}} vertebrae better, {{worse}} worse, {{same}} the same.", {
    difference: signed(difference),
    range,
    better,
    worse,
    same,
  });
}
