import type { ChangeSet } from "@/domain/changes";
import { OperationCancelled, type OperationRunner } from "@/domain/operationTask";
import type { OperationReply, OperationRequest } from "./operation.worker";

interface Waiting {
  resolve(changes: ChangeSet | null): void;
  reject(error: Error): void;
}

/** Runs operations on vertebrae in a worker, which is started at the first and ended by `cancel`. */
export function createOperationRunner(): OperationRunner {
  let worker: Worker | null = null;
  let nextId = 1;
  const waiting = new Map<number, Waiting>();

  const end = (error: Error): void => {
    worker?.terminate();
    worker = null;
    for (const caller of waiting.values()) caller.reject(error);
    waiting.clear();
  };

  const started = (): Worker => {
    if (worker) return worker;
    worker = new Worker(new URL("./operation.worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", (event: MessageEvent<OperationReply>) => {
      const reply = event.data;
      const caller = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ("error" in reply) caller?.reject(new Error(reply.error));
      else caller?.resolve(reply.changes);
    });
    worker.addEventListener("error", () => end(new Error("the worker for operations failed")));
    return worker;
  };

  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        const transfer = [task.mask.buffer, ...(task.hu ? [task.hu.buffer] : [])];
        started().postMessage({ id, task } satisfies OperationRequest, transfer);
      }),
    cancel: () => end(new OperationCancelled()),
  };
}
