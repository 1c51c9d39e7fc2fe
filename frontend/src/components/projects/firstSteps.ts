/** What a new project needs before it runs by itself, ticked by what the server tells of it. */

import type { Home } from "@/api/types";
import { staffingGaps } from "./staffing";

type Stages = Parameters<typeof staffingGaps>[0];
type Members = Parameters<typeof staffingGaps>[1];

export interface FirstStep {
  readonly key: "upload" | "people" | "guidelines" | "try";
  readonly done: boolean;
}

interface Known {
  readonly project: {
    readonly counts: { readonly accepted: number; readonly series: number } | null;
    readonly guidelines: string;
    readonly protocol: { readonly stages: Stages };
  };
  readonly members: Members;
  readonly board: { readonly raters: readonly { readonly submitted: number; readonly returned: number }[] };
}

/** The steps in their order; none where all are done, or where a case was accepted: the project runs. */
export function firstSteps({ project, members, board }: Known): FirstStep[] {
  if ((project.counts?.accepted ?? 0) > 0) return [];
  const steps: FirstStep[] = [
    { key: "upload", done: (project.counts?.series ?? 0) > 0 },
    { key: "people", done: staffingGaps(project.protocol.stages, members).length === 0 },
    { key: "guidelines", done: project.guidelines.trim() !== "" },
    { key: "try", done: board.raters.some(({ submitted, returned }) => submitted + returned > 0) },
  ];
  return steps.every(({ done }) => done) ? [] : steps;
}

/** The same of a project on the first page. */
export function stepsOf({
  counts,
  stages,
  has_guidelines: guided,
  tried,
  people,
}: Home["managed"][number]): FirstStep[] {
  return firstSteps({
    project: { counts, guidelines: guided ? "written" : "", protocol: { stages } },
    members: people.flatMap((roles, at) => roles.map((role) => ({ user: { id: String(at) }, role, active: true }))),
    board: { raters: tried ? [{ submitted: 1, returned: 0 }] : [] },
  });
}
