/** The slab index: how a CT lies on the server in pieces. Written by science/formats/slabs.py. */

import type { Affine, Shape, Vec3 } from "@/domain/geometry";

export interface SlabEntry {
  readonly url: string;
  readonly sha256: string;
  /** Axial slices k0 to k1 - 1. */
  readonly k0: number;
  readonly k1: number;
  readonly bytes: number;
}

export interface CoarseEntry {
  readonly url: string;
  readonly sha256: string;
  readonly shape: Shape;
  /** Voxels of the volume per voxel of the coarse one, along each axis. */
  readonly factor: Vec3;
  readonly bytes: number;
}

export interface SlabIndex {
  readonly shape: Shape;
  readonly affineRasMm: Affine;
  readonly huRange: readonly [number, number];
  readonly coarse: CoarseEntry;
  readonly slabs: readonly SlabEntry[];
}

export class SlabIndexError extends Error {}

type Json = Record<string, unknown>;

function objectAt(value: unknown, what: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SlabIndexError(`${what} is missing`);
  return value as Json;
}

function numbers(value: unknown, count: number, what: string): number[] {
  const sound =
    Array.isArray(value) && value.length === count && value.every((n) => typeof n === "number" && Number.isFinite(n));
  if (!sound) throw new SlabIndexError(`${what} is not ${count} numbers`);
  return value as number[];
}

function three(value: unknown, what: string): Vec3 {
  return numbers(value, 3, what) as unknown as Vec3;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "") throw new SlabIndexError(`${what} is missing`);
  return value;
}

function whole(value: unknown, what: string): number {
  if (!Number.isInteger(value)) throw new SlabIndexError(`${what} is not a whole number`);
  return value as number;
}

/**
 * Read the index as the server sends it (with an `url` in each blob).
 * @throws SlabIndexError where a part is missing, or the slabs do not cover every slice exactly once
 */
export function parseSlabIndex(value: unknown): SlabIndex {
  const index = objectAt(value, "the slab index");
  if (index["version"] !== 1 || index["dtype"] !== "int16")
    throw new SlabIndexError("unknown version of the slab index");
  const affine = index["affine_ras_mm"];
  if (!Array.isArray(affine) || affine.length !== 4) throw new SlabIndexError("the affine is not 4 x 4");
  const coarse = objectAt(index["coarse"], "the coarse volume");
  const slabs = (Array.isArray(index["slabs"]) ? index["slabs"] : []).map((entry, number) => {
    const slab = objectAt(entry, `slab ${number}`);
    return {
      url: text(slab["url"], `the address of slab ${number}`),
      sha256: text(slab["sha256"], `the digest of slab ${number}`),
      k0: whole(slab["k0"], "k0"),
      k1: whole(slab["k1"], "k1"),
      bytes: whole(slab["bytes"], "bytes"),
    };
  });
  const result: SlabIndex = {
    shape: three(index["shape"], "the shape"),
    affineRasMm: affine.map((row: unknown) => numbers(row, 4, "a row of the affine")),
    huRange: numbers(index["hu_range"], 2, "the range of densities") as unknown as [number, number],
    coarse: {
      url: text(coarse["url"], "the address of the coarse volume"),
      sha256: text(coarse["sha256"], "the digest of the coarse volume"),
      shape: three(coarse["shape"], "the coarse shape"),
      factor: three(coarse["factor"], "the coarse factor"),
      bytes: whole(coarse["bytes"], "bytes"),
    },
    slabs: slabs.sort((a, b) => a.k0 - b.k0),
  };
  let next = 0;
  for (const slab of result.slabs) {
    if (slab.k0 !== next || slab.k1 <= slab.k0) throw new SlabIndexError(`slices from ${next} on are not covered`);
    next = slab.k1;
  }
  if (next !== result.shape[2]) throw new SlabIndexError(`slices from ${next} on are not covered`);
  return result;
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
