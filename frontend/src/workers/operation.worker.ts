import type { ChangeSet } from "@/domain/changes";
import { runTask, type OperationTask } from "@/domain/operationTask";

export interface OperationRequest {
  readonly id: number;
  readonly task: OperationTask;
}

export type OperationReply =
  { readonly id: number; readonly changes: ChangeSet | null } | { readonly id: number; readonly error: string };

addEventListener("message", (event: MessageEvent<OperationRequest>) => {
  const { id, task } = event.data;
  try {
    postMessage({ id, changes: runTask(task) } satisfies OperationReply);
  } catch (error) {
    // A task that fails must say so: its caller waits for it.
    postMessage({ id, error: error instanceof Error ? error.message : String(error) } satisfies OperationReply);
  }
});
