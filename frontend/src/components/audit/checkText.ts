import { t } from "@/i18n";
import type { ChainCheck } from "@/api/types";
import { count, formatDateTime } from "@/state/format";

/** What the last check of the chain has shown, in words; empty before the first. */
export function checkText({ checked_at: at, length, broken_at: brokenAt, reason }: ChainCheck): string {
  if (at === null) return "";
  if (brokenAt !== null)
    return t("Checked {{at}}: entry {{brokenAt}} {{reason}}. Tell who runs the site.", {
      at: formatDateTime(at),
      brokenAt,
      reason,
    });
  const entries = length === null ? t("all entries") : count(length, "entry", "entries");
  return t("Checked {{at}}: {{entries}}, unbroken.", { at: formatDateTime(at), entries });
}
