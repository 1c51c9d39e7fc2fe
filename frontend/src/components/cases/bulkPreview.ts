import { t } from "@/i18n";
import type { BulkOutcome } from "@/api/types";
import { count, formatNumber } from "@/state/format";

const NAMED = 3;

export interface Reason {
  readonly message: string;
  readonly count: number;
  /** A few of the cases, by name. */
  readonly aliases: string;
}

/** "2,400 of 2,431 cases will change" */
export function previewTitle(outcomes: readonly BulkOutcome[]): string {
  const done = outcomes.filter((outcome) => outcome.done).length;
  const all = count(outcomes.length, "case");
  if (done < outcomes.length) return t("{{done}} of {{all}} will change", { done: formatNumber(done), all });
  return outcomes.length === 1 ? t("The case will change") : t("All {{all}} will change", { all });
}

/** Why cases cannot be changed, the commonest first. */
export function reasonsOf(outcomes: readonly BulkOutcome[]): Reason[] {
  const aliases = new Map<string, string[]>();
  for (const { done, message, alias } of outcomes) {
    if (!done) aliases.set(message, [...(aliases.get(message) ?? []), alias]);
  }
  return [...aliases]
    .map(([message, names]) => ({
      message,
      count: names.length,
      aliases: names.slice(0, NAMED).join(", ") + (names.length > NAMED ? ", …" : ""),
    }))
    .sort((one, other) => other.count - one.count);
}
