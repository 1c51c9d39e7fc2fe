/** The slab that the reader sees first, asked for before anything else that is large. */

import { centreOut, type SlabEntry } from "@/workers/slabIndex";
import type { SlabSource } from "@/workers/slabSource";

export interface CentreFirst {
  /** As the source that was given, but the slab in the centre is not asked for again. */
  readonly source: SlabSource;
  readonly slab: SlabEntry | null;
  /** Its voxels; null where it could not be had, which loading it says with the reason. */
  readonly voxels: Promise<Int16Array<ArrayBuffer> | null>;
}

export function centreFirst(source: SlabSource, k: number): CentreFirst {
  const [slab] = centreOut(source.index.slabs, k);
  if (!slab) return { source, slab: null, voxels: Promise.resolve(null) };
  const first = source.loadSlab(slab);
  let waiting: typeof first | null = first;
  const loadSlab = (wanted: SlabEntry): typeof first => {
    const answer = wanted === slab ? waiting : null;
    // Handed on once: its voxels are part of the volume then, and not kept a second time.
    if (answer) waiting = null;
    return answer ?? source.loadSlab(wanted);
  };
  return { source: { ...source, loadSlab }, slab, voxels: first.catch(() => null) };
}
