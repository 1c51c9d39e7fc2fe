import { decimal, t } from "@/i18n";
import type { MyLoad } from "@/api/types";
import { formatDate } from "@/state/format";

/** Why somebody gets nothing new at the moment; null where they do. */
export function loadText(load: MyLoad): string | null {
  switch (load.reason) {
    case "away":
      return t("You are noted as away until {{until}}. Ask the manager when you are back earlier.", {
        until: formatDate(load.away_until),
      });
    case "open":
      return t("You have {{open}} of {{most}} tasks in hand. Submit one, and the next is yours.", {
        open: load.open,
        most: load.max_open,
      });
    case "hours":
      return t("You have worked {{hours}} of {{most}} hours this week. New tasks come on Monday.", {
        hours: decimal((load.week_seconds / 3600).toFixed(1)),
        most: load.max_weekly_hours,
      });
    case "":
      return null;
  }
}
