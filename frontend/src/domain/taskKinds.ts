/** Kinds of tasks in words. */

import { t } from "@/i18n";

export type TaskKind = "correct" | "grade" | "adjudicate" | "review";

const TO_DO: Readonly<Record<TaskKind, string>> = {
  correct: t("to correct"),
  grade: t("to grade"),
  adjudicate: t("to adjudicate"),
  review: t("to review"),
};

const NOUNS: Readonly<Record<TaskKind, string>> = {
  correct: t("corrections"),
  grade: t("gradings"),
  adjudicate: t("adjudications"),
  review: t("reviews"),
};

const KINDS = Object.keys(TO_DO) as TaskKind[];

function listed(parts: readonly string[]): string {
  return parts.length < 2
    ? parts.join("")
    : t("{{parts}} and {{at}}", { parts: parts.slice(0, -1).join(", "), at: parts.at(-1) });
}

interface InHand {
  readonly kind: TaskKind;
  readonly state: string;
}

/** "3 tasks: 2 to correct and 1 to review. 1 came back to you." */
export function inHandText(tasks: readonly InHand[]): string {
  if (tasks.length === 0) return "";
  const counts = KINDS.map((kind) => [kind, tasks.filter((task) => task.kind === kind).length] as const);
  const kinds = counts.filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${TO_DO[kind]}`);
  const back = tasks.filter(({ state }) => state === "returned").length;
  const total = `${tasks.length} ${tasks.length === 1 ? t("task") : t("tasks")}: ${listed(kinds)}.`;
  return back === 0 ? total : t("{{total}} {{back}} came back to you.", { total, back });
}

/** What waits for somebody in a project: "Corrections and reviews wait for you." */
export function waitingText(
  waiting: { readonly training: boolean; readonly kinds: readonly TaskKind[] } | undefined,
): string {
  if (waiting?.training) return t("The training comes first: a case waits for you.");
  if (!waiting || waiting.kinds.length === 0) return t("Nothing new waits for you.");
  const kinds = listed(KINDS.filter((kind) => waiting.kinds.includes(kind)).map((kind) => NOUNS[kind]));
  return t("{{charAt}}{{kinds}} wait for you.", { charAt: kinds.charAt(0).toUpperCase(), kinds: kinds.slice(1) });
}

/** The queues of an expert: "To adjudicate: 2. To review: 1."; empty where nothing is queued. */
export function queueText(queue: { readonly to_adjudicate: number; readonly to_review: number } | undefined): string {
  const parts = [
    [t("To adjudicate"), queue?.to_adjudicate ?? 0],
    [t("To review"), queue?.to_review ?? 0],
  ] as const;
  return parts
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what}: ${count}.`)
    .join(" ");
}
