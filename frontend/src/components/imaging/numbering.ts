/** The table in which a person says what the numbers of a mask mean. */

import { t } from "@/i18n";
import type { HeldMask } from "@/api/types";
import { compareLabels, nameOf } from "@/domain/labels";

export type Levels = ReadonlyMap<number, number | null>;

export const levelsOf = (reading: HeldMask["readings"][number]): Levels =>
  new Map(reading.rows.map(({ number, level }) => [number, level]));

/** What keeps a table from being used, in words; null where nothing does. */
export function problemOf(levels: Levels): string | null {
  const named = [...levels.values()].filter((level) => level !== null);
  if (named.length === 0) return t("Name at least one level, or do without the mask.");
  const twice = [...new Set(named.filter((level, index) => named.indexOf(level) !== index))].sort(compareLabels);
  return twice.length === 0
    ? null
    : t("Given twice: {{twice}}. Each vertebra is a number of its own.", { twice: twice.map(nameOf).join(", ") });
}

/** Whether somebody has changed the table that a reading proposes. */
export function isChanged(levels: Levels, reading: HeldMask["readings"][number]): boolean {
  return reading.rows.some(({ number, level }) => levels.get(number) !== level);
}
