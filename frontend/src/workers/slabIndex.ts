/** The slab index: how a CT lies on the server in pieces. Written by science/formats/slabs.py. */

import * as v from "valibot";
import type { Affine, Shape, Vec3 } from "@/domain/geometry";
import { checked, IncomingError } from "@/domain/incoming";

const WHAT = "The index of the CT";

const whole = v.pipe(v.number(), v.integer());
const size = v.pipe(whole, v.minValue(1));
const three = <Item extends v.GenericSchema<number>>(item: Item) => v.strictTuple([item, item, item]);
const finite = v.pipe(v.number(), v.finite());
const row = v.strictTuple([finite, finite, finite, finite]);
const address = v.pipe(v.string(), v.nonEmpty());
const blob = { url: address, sha256: address, bytes: whole };

/** Axial slices k0 to k1 - 1. */
const SLAB = v.object({ ...blob, k0: whole, k1: whole });
const COARSE = v.object({ ...blob, shape: three(size), factor: three(finite) });
const INDEX = v.object({
  version: v.literal(1),
  dtype: v.literal("int16"),
  shape: three(size),
  affine_ras_mm: v.strictTuple([row, row, row, row]),
  hu_range: v.strictTuple([finite, finite]),
  coarse: COARSE,
  slabs: v.array(SLAB),
});

export type SlabEntry = Readonly<v.InferOutput<typeof SLAB>>;

export interface CoarseEntry extends Omit<Readonly<v.InferOutput<typeof COARSE>>, "shape" | "factor"> {
  readonly shape: Shape;
  /** Voxels of the volume per voxel of the coarse one, along each axis. */
  readonly factor: Vec3;
}

export interface SlabIndex {
  readonly shape: Shape;
  readonly affineRasMm: Affine;
  readonly huRange: readonly [number, number];
  readonly coarse: CoarseEntry;
  readonly slabs: readonly SlabEntry[];
}

/**
 * Read the index as the server sends it (with an `url` in each blob).
 * @throws IncomingError where a part is missing or of another kind, or the slabs do not cover every slice once
 */
export function parseSlabIndex(value: unknown): SlabIndex {
  const { shape, affine_ras_mm: affineRasMm, hu_range: huRange, coarse, slabs } = checked(INDEX, value, WHAT);
  slabs.sort((a, b) => a.k0 - b.k0);
  let next = 0;
  for (const slab of slabs) {
    if (slab.k0 !== next || slab.k1 <= slab.k0) throw new IncomingError(`${WHAT}: slices from ${next} on are missing`);
    next = slab.k1;
  }
  if (next !== shape[2]) throw new IncomingError(`${WHAT}: slices from ${next} on are missing`);
  return { shape, affineRasMm, huRange, coarse, slabs };
}

/** Slabs in the order to load them: the one that holds the centre first, then outward. */
export function centreOut(slabs: readonly SlabEntry[], centreK: number): SlabEntry[] {
  const distance = (slab: SlabEntry): number =>
    centreK >= slab.k0 && centreK < slab.k1
      ? 0
      : Math.min(Math.abs(slab.k0 - centreK), Math.abs(slab.k1 - 1 - centreK));
  return [...slabs].sort((a, b) => distance(a) - distance(b));
}

/** Blow a coarse volume up to the full grid, by nearest neighbour: a first picture until the slabs are there. */
export function expandCoarse(
  coarse: Int16Array,
  entry: Pick<CoarseEntry, "shape" | "factor">,
  shape: Shape,
): Int16Array<ArrayBuffer> {
  const [cx, cy, cz] = entry.shape;
  const [nx, ny, nz] = shape;
  const full = new Int16Array(nx * ny * nz);
  const columns = Uint32Array.from({ length: nx }, (_, i) => Math.min(cx - 1, Math.floor(i / entry.factor[0])));
  for (let k = 0; k < nz; k++) {
    const ck = Math.min(cz - 1, Math.floor(k / entry.factor[2]));
    for (let j = 0; j < ny; j++) {
      const from = cx * (Math.min(cy - 1, Math.floor(j / entry.factor[1])) + cy * ck);
      const to = nx * (j + ny * k);
      for (let i = 0; i < nx; i++) full[to + i] = coarse[from + (columns[i] ?? 0)] ?? 0;
    }
  }
  return full;
}
