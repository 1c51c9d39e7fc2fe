import { t } from "@/i18n";
import type { SiteStorage } from "@/api/types";
import { formatBytes } from "@/state/format";

export const GB = 1e9;

const KINDS: Readonly<Record<string, string>> = {
  scans: t("Scans"),
  masks: t("Masks"),
  models: t("Models"),
  releases: t("Releases"),
  submissions: t("Submissions"),
};

/** What is kept by kind, the largest first, and what waits; kinds that keep nothing are left out. */
export function keptText({ kept_bytes: kept, waiting_bytes: waiting }: SiteStorage): string {
  const kinds = Object.entries(kept)
    .filter(([kind, size]) => KINDS[kind] !== undefined && size > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, size]) => `${KINDS[kind] ?? kind} ${formatBytes(size)}`);
  const waits = waiting > 0 ? [t("on their way {{waiting}}", { waiting: formatBytes(waiting) })] : [];
  return [...kinds, ...waits].join(" · ");
}
