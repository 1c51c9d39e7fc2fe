/** What comes next for a series that was taken in, in words. */

import { t } from "@/i18n";
import type { Series } from "@/api/types";
import { nameOf, sortLabels } from "@/domain/labels";
import { count } from "@/state/format";

type Known = Pick<Series, "held" | "same_scans" | "run" | "case_id">;

/** `maskWaits`: somebody must say first what the numbers of its mask mean. */
export function nextStep(series: Known, maskWaits: boolean): string {
  if (maskWaits) return t("Confirm the numbers of its mask; nothing starts before.");
  if (series.same_scans.some(({ answer }) => answer === "")) {
    return t("Say on the page Series whether it is the same scan; no release takes both before that.");
  }
  if (series.held) return t("It is kept out. Its details say why, and let you waive a rule.");
  switch (series.run?.state) {
    case "queued":
    case "running":
      return t("Nothing to do: the first mask is being made.");
    case "failed":
    case "cancelled":
      return t("The first mask was not made. Start it again in its details.");
    default:
      return series.case_id === null
        ? t("Nothing to do: its case is being made.")
        : t("Ready: raters find its case in the queue.");
  }
}

/** "T11 to L5 (7 levels)": the uppermost, the lowermost, and how many. Empty where there are none. */
export function levelsText(levels: readonly number[]): string {
  const sorted = sortLabels(levels);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return "";
  if (sorted.length < 3) return sorted.map(nameOf).join(", ");
  return t("{{first}} to {{last}} ({{levels}})", {
    first: nameOf(first),
    last: nameOf(last),
    levels: count(sorted.length, "level"),
  });
}
