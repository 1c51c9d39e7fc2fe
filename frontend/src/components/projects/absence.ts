import type { Member } from "@/api/types";
import { dueState } from "@/state/format";

type Absence = Pick<Member, "away_from" | "away_until" | "work_waits">;

/** A member's absence, as long as it is not over. */
export function absenceOf({ away_from, away_until, work_waits }: Absence, now: Date = new Date()): Absence {
  if (dueState(away_until, now) === "overdue") return { away_from: null, away_until: null, work_waits: false };
  return { away_from, away_until, work_waits };
}
