/** Engines by the names that people know them by. */

import { t } from "@/i18n";

const TITLES: Readonly<Record<string, string>> = {
  builtin: t("Built-in engine"),
  imported: t("Imported mask"),
  empty: t("Empty mask"),
};

/** What to call an engine, from its key. */
export function engineTitle(key: string): string {
  return TITLES[key] ?? key;
}
