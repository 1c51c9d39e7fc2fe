import type { ChainCheck } from "@/api/types";
import { count, formatDateTime } from "@/state/format";

/** What the last check of the chain has shown, in words; empty before the first. */
export function checkText({ checked_at: at, length, broken_at: brokenAt, reason }: ChainCheck): string {
  if (at === null) return "";
  if (brokenAt !== null) return `Checked ${formatDateTime(at)}: entry ${brokenAt} ${reason}. Tell who runs the site.`;
  const entries = length === null ? "all entries" : count(length, "entry", "entries");
  return `Checked ${formatDateTime(at)}: ${entries}, unbroken.`;
}
