/** What a new project needs before it runs by itself, ticked by what the server tells of it. */

import type { Board, Project } from "@/api/types";
import { staffingGaps } from "./staffing";

type Members = Parameters<typeof staffingGaps>[1];

export interface FirstStep {
  readonly key: "upload" | "people" | "guidelines" | "try";
  readonly done: boolean;
}

interface Known {
  readonly project: Pick<Project, "counts" | "guidelines" | "protocol">;
  readonly members: Members;
  readonly board: Pick<Board, "raters">;
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
