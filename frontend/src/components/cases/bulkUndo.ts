import type { BulkOutcome } from "@/api/types";
import type { components } from "@/api/schema";

type Body = components["schemas"]["BulkInputRequest"];

/** What brings back what an act on many cases has done: as few requests as there are ways back. */
export function undoOf(outcomes: readonly BulkOutcome[]): Body[] {
  const bodies = new Map<string, Body>();
  for (const { case_id: id, done, back } of outcomes) {
    if (!done) continue;
    for (const way of back) {
      const key = JSON.stringify(way);
      const body = bodies.get(key) ?? { ...way, case_ids: [], preview: false };
      bodies.set(key, { ...body, case_ids: [...body.case_ids, id] });
    }
  }
  return [...bodies.values()];
}
