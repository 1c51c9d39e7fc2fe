/** How fast work was submitted, in words. */

import { decimal, t } from "@/i18n";
import type { HastyWork } from "@/api/types";
import { nameOf } from "@/domain/labels";

type Pace = HastyWork["pace"];

/** "1.5 s a vertebra, 3 s for 2" */
export function paceText({
  seconds,
  seconds_per_vertebra: each,
  vertebrae,
}: Pick<Pace, "seconds" | "seconds_per_vertebra" | "vertebrae">): string {
  return t("{{each}} s a vertebra, {{seconds}} s for {{vertebrae}}", {
    each: decimal(each.toFixed(1)),
    seconds: Math.round(seconds),
    vertebrae,
  });
}

/** Against what it is too fast; empty where it is not. */
export function whyFast({ why, floor, median, of }: Pick<Pace, "why" | "floor" | "median" | "of">): string {
  if (why === "floor") return t("below {{floor}} s a vertebra nobody has looked", { floor });
  if (why === "median" && median !== null)
    return t("the median of {{of}} submissions is {{median}} s", { of, median: decimal(median.toFixed(1)) });
  return "";
}

/** "T12, L1" of levels that no pane has shown; empty where there are none, or nobody knows. */
export function unseenText(labels: readonly number[] | null): string {
  return (labels ?? []).map(nameOf).join(", ");
}
