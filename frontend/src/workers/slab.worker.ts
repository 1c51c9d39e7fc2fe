import type { Shape } from "@/domain/geometry";
import { SlabError, fetchVoxels } from "./slabFetch";
import { expandCoarse, type CoarseEntry } from "./slabIndex";

export type SlabRequest =
  | { readonly id: number; readonly kind: "slab"; readonly url: string; readonly voxels: number }
  | { readonly id: number; readonly kind: "coarse"; readonly coarse: CoarseEntry; readonly shape: Shape };

export type SlabReply =
  | { readonly id: number; readonly voxels: Int16Array<ArrayBuffer> }
  | { readonly id: number; readonly error: string; readonly status: number | null };

async function answer(request: SlabRequest): Promise<Int16Array<ArrayBuffer>> {
  if (request.kind === "slab") return fetchVoxels(request.url, request.voxels);
  const [cx, cy, cz] = request.coarse.shape;
  return expandCoarse(await fetchVoxels(request.coarse.url, cx * cy * cz), request.coarse, request.shape);
}

addEventListener("message", (event: MessageEvent<SlabRequest>) => {
  const { id } = event.data;
  answer(event.data).then(
    (voxels) => postMessage({ id, voxels } satisfies SlabReply, { transfer: [voxels.buffer] }),
    (error: unknown) =>
      postMessage({
        id,
        error: error instanceof Error ? error.message : String(error),
        status: error instanceof SlabError ? error.status : null,
      } satisfies SlabReply),
  );
});
