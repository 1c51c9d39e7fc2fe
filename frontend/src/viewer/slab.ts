/** Thick slabs: the CT around a slice drawn into it. What is painted goes into the slice in the middle. */

import type { Screen } from "./screen";
import type { Snapshots } from "./snapshots";
import type { Slab, ViewerState } from "./types";

export const SLAB_THICKNESSES_MM = [0, 5, 10, 20] as const;

/** Layers whose middle lies within the slab: of each side equally many, but for the ends of the volume. */
export function slabLayers(
  { thicknessMm }: Slab,
  spacingMm: number,
  slice: number,
  count: number,
): { readonly first: number; readonly last: number } {
  // A layer that lies on the border belongs to the slab, whatever rounding makes of it.
  const beside = Math.floor(thicknessMm / 2 / spacingMm + 1e-6);
  const middle = Math.min(count - 1, Math.max(0, slice));
  return { first: Math.max(0, middle - beside), last: Math.min(count - 1, middle + beside) };
}

export class ThickSlab {
  constructor(
    private readonly snapshots: Snapshots<ViewerState>,
    private readonly screen: Pick<Screen, "setSlab">,
  ) {}

  set(change: Partial<Slab>): void {
    const slab = { ...this.snapshots.get().slab, ...change };
    this.screen.setSlab(slab);
    this.snapshots.set({ slab });
  }

  /** The next thickness, and after the last one the slice alone. */
  thicken(): void {
    const now = SLAB_THICKNESSES_MM.findIndex((mm) => mm === this.snapshots.get().slab.thicknessMm);
    this.set({ thicknessMm: SLAB_THICKNESSES_MM[(now + 1) % SLAB_THICKNESSES_MM.length] ?? 0 });
  }

  swapBlend(): void {
    this.set({ blend: this.snapshots.get().slab.blend === "max" ? "mean" : "max" });
  }
}
