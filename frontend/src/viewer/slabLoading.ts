/** Fill the volume: coarse at once, then slabs from the centre outward, a few at a time. */

import { centreOut, type SlabEntry } from "@/workers/slabIndex";
import type { SlabSource } from "@/workers/slabSource";

const PARALLEL = 3;
/** At the start this thread is busy with the graphics card and cannot ask for more: the worker gets its work ahead. */
const AHEAD = 12;

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
  private hasBegun = false;
  private stopped = false;

  constructor(
    private readonly source: SlabSource,
    private readonly hooks: SlabLoadingHooks,
  ) {
    this.waiting = source.index.slabs;
  }

  start(): void {
    for (let lane = 0; lane < AHEAD; lane++) this.next();
  }

  stop(): void {
    this.stopped = true;
    this.waiting = [];
  }

  private next(): void {
    if (this.running >= (this.hasBegun ? PARALLEL : AHEAD)) return;
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
        this.hasBegun = true;
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
