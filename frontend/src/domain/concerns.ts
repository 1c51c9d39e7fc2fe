/** Why somebody turns to the manager about a task. */

import { t } from "@/i18n";

export const CONCERNS = ["wrong_region", "discuss", "not_for_me", "other"] as const;
export type ConcernKind = (typeof CONCERNS)[number];

export const CONCERN_NAMES: Readonly<Record<ConcernKind, string>> = {
  wrong_region: t("Wrong region"),
  discuss: t("Needs discussion"),
  not_for_me: t("Not for me"),
  other: t("Something else"),
};

export function concernName(concern: string): string {
  const kind = CONCERNS.find((known) => known === concern);
  return kind === undefined ? t("Something else") : CONCERN_NAMES[kind];
}
