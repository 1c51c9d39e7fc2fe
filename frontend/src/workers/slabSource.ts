import type { SlabReply, SlabRequest } from "./slab.worker";
import { SlabError } from "./slabFetch";
import type { SlabEntry, SlabIndex } from "./slabIndex";

/** Where the viewer gets voxels from; it does not know of addresses or networks. */
export interface SlabSource {
  readonly index: SlabIndex;
  /** The coarse volume as it is: for a first picture. */
  loadPreview(): Promise<Int16Array<ArrayBuffer>>;
  /** The coarse volume, blown up to the full grid. The caller owns the array. */
  loadCoarse(): Promise<Int16Array<ArrayBuffer>>;
  loadSlab(slab: SlabEntry): Promise<Int16Array<ArrayBuffer>>;
  close(): void;
}

type RequestBody =
  Omit<Extract<SlabRequest, { kind: "slab" }>, "id"> | Omit<Extract<SlabRequest, { kind: "coarse" }>, "id">;

/** A source that fetches and unpacks in a worker, off the thread that draws. */
export function createSlabSource(index: SlabIndex): SlabSource {
  const worker = new Worker(new URL("./slab.worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<
    number,
    { resolve: (voxels: Int16Array<ArrayBuffer>) => void; reject: (error: Error) => void }
  >();
  let nextId = 1;

  worker.addEventListener("message", (event: MessageEvent<SlabReply>) => {
    const reply = event.data;
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("voxels" in reply) caller?.resolve(reply.voxels);
    else caller?.reject(new SlabError(reply.error, reply.status));
  });

  const rejectAll = (message: string): void => {
    for (const caller of waiting.values()) caller.reject(new SlabError(message, null));
    waiting.clear();
  };
  worker.addEventListener("error", () => rejectAll("the loading worker failed"));

  const ask = (body: RequestBody): Promise<Int16Array<ArrayBuffer>> =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...body } satisfies SlabRequest);
    });

  return {
    index,
    loadPreview: () =>
      ask({
        kind: "slab",
        url: index.coarse.url,
        voxels: index.coarse.shape[0] * index.coarse.shape[1] * index.coarse.shape[2],
      }),
    loadCoarse: () => ask({ kind: "coarse", coarse: index.coarse, shape: index.shape }),
    loadSlab: (slab) =>
      ask({ kind: "slab", url: slab.url, voxels: index.shape[0] * index.shape[1] * (slab.k1 - slab.k0) }),
    close: () => {
      worker.terminate();
      rejectAll("loading was stopped");
    },
  };
}
