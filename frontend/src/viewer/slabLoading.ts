/** Fill the volume: coarse at once, then slabs from the centre outward, a few at a time. */

import { centreOut, type SlabEntry } from "@/workers/slabIndex";
import type { SlabSource } from "@/workers/slabSource";

const PARALLEL = 3;

export interface SlabLoadingHooks {
  /** Where the reader looks now: the nearest slab is loaded next. */
  readonly centreK: () => number;
  readonly arrived: (slab: SlabEntry, voxels: Int16Array) => void;
  readonly failed: (message: string) => void;
  readonly done: () => void;
}

export class SlabLoading {
  private waiting: readonly SlabEntry[];
  private running = 0;
  private stopped = false;

  constructor(
    private readonly source: SlabSource,
    private readonly hooks: SlabLoadingHooks,
  ) {
    this.waiting = source.index.slabs;
  }

  start(): void {
    for (let lane = 0; lane < PARALLEL; lane++) this.next();
  }

  stop(): void {
    this.stopped = true;
    this.waiting = [];
  }

  private next(): void {
    const [slab, ...rest] = centreOut(this.waiting, this.hooks.centreK());
    if (!slab || this.stopped) {
      if (!this.stopped && this.running === 0) this.hooks.done();
      return;
    }
    this.waiting = rest;
    this.running++;
    this.source.loadSlab(slab).then(
      (voxels) => {
        this.running--;
        if (this.stopped) return;
        this.hooks.arrived(slab, voxels);
        this.next();
      },
      (error: unknown) => {
        this.running--;
        if (this.stopped) return;
        this.stop();
        this.hooks.failed(error instanceof Error ? error.message : String(error));
      },
    );
  }
}
