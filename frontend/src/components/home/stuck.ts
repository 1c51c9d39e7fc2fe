/** What is stuck in a project, in words, and where it is dealt with. */

import { t } from "@/i18n";
import type { Home } from "@/api/types";

type Stuck = Home["managed"][number]["stuck"];

export interface StuckLine {
  readonly key: keyof Stuck;
  readonly text: string;
  /** Below /projects/$slug. */
  readonly path: "quarantine" | "jobs" | "cases" | "progress" | "guidelines";
  /** The report of that page which says more. */
  readonly report?: "workload" | "ageing";
}

function some(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

const LINES: readonly Omit<StuckLine, "text">[] = [
  { key: "concerns", path: "cases" },
  { key: "questions", path: "guidelines" },
  { key: "overdue", path: "progress", report: "workload" },
  { key: "idle", path: "progress", report: "ageing" },
  { key: "quarantined", path: "quarantine" },
  { key: "waiting_for_engine", path: "jobs" },
];

const WORDS: Readonly<Record<keyof Stuck, readonly [string, string]>> = {
  concerns: [t("task that somebody told you about"), t("tasks that somebody told you about")],
  questions: [t("question without an answer"), t("questions without an answer")],
  overdue: [t("task past its day"), t("tasks past their day")],
  idle: [t("task not touched for two weeks"), t("tasks not touched for two weeks")],
  quarantined: [t("file held back in quarantine"), t("files held back in quarantine")],
  waiting_for_engine: [
    t("case waiting for the engine for more than a day"),
    t("cases waiting for the engine for more than a day"),
  ],
};

/** A line for each thing that is stuck; none where nothing is. */
export function stuckLines(stuck: Stuck): StuckLine[] {
  return LINES.filter(({ key }) => stuck[key] > 0).map((line) => ({
    ...line,
    text: some(stuck[line.key], ...WORDS[line.key]),
  }));
}
