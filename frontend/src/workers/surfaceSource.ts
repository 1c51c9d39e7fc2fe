import type { SurfaceReply, SurfaceRequest } from "./surface.worker";
import { SurfaceFetchError, type Shapes, type SurfaceAnswer } from "./surfaceFetch";

/** Surfaces fetched and unpacked in a worker, off the thread that draws. */
export interface SurfaceSource {
  load(have: Shapes): Promise<SurfaceAnswer>;
  close(): void;
}

export function createSurfaceSource(url: string): SurfaceSource {
  const worker = new Worker(new URL("./surface.worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<number, { resolve: (answer: SurfaceAnswer) => void; reject: (error: Error) => void }>();
  let nextId = 1;
  const rejectAll = (message: string): void => {
    for (const caller of waiting.values()) caller.reject(new SurfaceFetchError(message));
    waiting.clear();
  };
  worker.addEventListener("message", (event: MessageEvent<SurfaceReply>) => {
    const reply = event.data;
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("answer" in reply) caller?.resolve(reply.answer);
    else caller?.reject(new SurfaceFetchError(reply.error));
  });
  worker.addEventListener("error", () => rejectAll("the worker for surfaces failed"));
  return {
    load: (have) =>
      new Promise((resolve, reject) => {
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, url, have } satisfies SurfaceRequest);
      }),
    close: () => {
      worker.terminate();
      rejectAll("loading was stopped");
    },
  };
}
