/** Kinds of tasks in words. */

export type TaskKind = "correct" | "grade" | "adjudicate" | "review";

const TO_DO: Readonly<Record<TaskKind, string>> = {
  correct: "to correct",
  grade: "to grade",
  adjudicate: "to adjudicate",
  review: "to review",
};

const NOUNS: Readonly<Record<TaskKind, string>> = {
  correct: "corrections",
  grade: "gradings",
  adjudicate: "adjudications",
  review: "reviews",
};

const KINDS = Object.keys(TO_DO) as TaskKind[];

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
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
  const total = `${tasks.length} ${tasks.length === 1 ? "task" : "tasks"}: ${listed(kinds)}.`;
  return back === 0 ? total : `${total} ${back} came back to you.`;
}

/** What waits for somebody in a project: "Corrections and reviews wait for you." */
export function waitingText(
  waiting: { readonly training: boolean; readonly kinds: readonly TaskKind[] } | undefined,
): string {
  if (waiting?.training) return "The training comes first: a case waits for you.";
  if (!waiting || waiting.kinds.length === 0) return "Nothing new waits for you.";
  const kinds = listed(KINDS.filter((kind) => waiting.kinds.includes(kind)).map((kind) => NOUNS[kind]));
  return `${kinds.charAt(0).toUpperCase()}${kinds.slice(1)} wait for you.`;
}

/** The queues of an expert: "To adjudicate: 2. To review: 1."; empty where nothing is queued. */
export function queueText(queue: { readonly to_adjudicate: number; readonly to_review: number } | undefined): string {
  const parts = [
    ["To adjudicate", queue?.to_adjudicate ?? 0],
    ["To review", queue?.to_review ?? 0],
  ] as const;
  return parts
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what}: ${count}.`)
    .join(" ");
}
