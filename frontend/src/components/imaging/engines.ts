/** Engines by the names that people know them by. */

const TITLES: Readonly<Record<string, string>> = {
  builtin: "Built-in engine",
  imported: "Imported mask",
  empty: "Empty mask",
};

/** What to call an engine, from its key. */
export function engineTitle(key: string): string {
  return TITLES[key] ?? key;
}
