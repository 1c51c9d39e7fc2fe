/** To whom a manager can give a task by hand. */

import type { CaseDetail, CaseTask, Member, ProtocolStage } from "@/api/types";
import { roleWord } from "@/components/common/badges";

export interface Candidate {
  readonly value: string;
  readonly label: string;
}

type Task = Pick<CaseTask, "id" | "kind" | "assignments">;

function people(tasks: readonly Task[]): Set<string> {
  const held = tasks.flatMap(({ assignments }) => assignments).filter(({ state }) => state !== "cancelled");
  return new Set(held.flatMap(({ rater }) => rater?.id ?? []));
}

/**
 * Members with a role of the stage who do not have the task yet. Adjudication and review are never given to
 * somebody whose own masks, grades or decisions are in the case. Where names are hidden the server has the last word.
 */
export function candidatesFor(
  task: Task,
  tasks: CaseDetail["tasks"] | readonly Task[],
  stage: Pick<ProtocolStage, "roles"> | undefined,
  members: readonly Pick<Member, "user" | "role" | "active">[],
): Candidate[] {
  const judging = task.kind === "adjudicate" || task.kind === "review";
  const worked = people(tasks.filter(({ kind }) => kind !== "review"));
  const taken = people([task]);
  const names = new Map<string, string>();
  for (const { user, role, active } of members) {
    if (!active || !(stage?.roles ?? []).includes(role)) continue;
    if (taken.has(user.id) || (judging && worked.has(user.id))) continue;
    names.set(user.id, `${user.name} (${roleWord(role, 1)})`);
  }
  return [...names].map(([value, label]) => ({ value, label }));
}
