/** Where the body of a vertebra lies: what a reader means by "centre on L1". */

import type { VoxelBox } from "./changes";
import { distanceSquared } from "./distance";
import type { Shape, Vec3 } from "./geometry";
import type { LabelArray } from "./labelArray";
import { hasBody } from "./labels";
import type { MaskStore } from "./maskStore";

/** Looking is coarse: a body is some 20 mm high, and this has to be done before the next frame. */
const STEP_MM = 2;
/** Share of the greatest depth that still counts as the core: arches and processes are half as thick or less. */
const CORE = 0.75;

interface Sampled {
  readonly size: Shape;
  readonly stride: Shape;
  readonly inside: Uint8Array;
}

/** The label in its box, every `stride` voxels, with a border of background around it. */
function sampled(mask: LabelArray, shape: Shape, spacingMm: Vec3, label: number, { low, high }: VoxelBox): Sampled {
  const stride = spacingMm.map((mm) => Math.max(1, Math.round(STEP_MM / mm))) as unknown as Shape;
  const count = (axis: 0 | 1 | 2): number => Math.floor((high[axis] - low[axis]) / stride[axis]) + 3;
  const size: Shape = [count(0), count(1), count(2)];
  const inside = new Uint8Array(size[0] * size[1] * size[2]);
  for (let c = 1; c < size[2] - 1; c++) {
    for (let b = 1; b < size[1] - 1; b++) {
      const row = shape[0] * (low[1] + (b - 1) * stride[1] + shape[1] * (low[2] + (c - 1) * stride[2]));
      const into = size[0] * (b + size[1] * c);
      for (let a = 1; a < size[0] - 1; a++)
        inside[into + a] = Number(mask[row + low[0] + (a - 1) * stride[0]] === label);
    }
  }
  return { size, stride, inside };
}

/** Voxels joined to the deepest one face by face, as deep as the core is. */
function coreOf(depths: Float64Array, size: Shape): number[] {
  let deepest = 0;
  for (let at = 1; at < depths.length; at++) if ((depths[at] ?? 0) > (depths[deepest] ?? 0)) deepest = at;
  const least = (depths[deepest] ?? 0) * CORE ** 2;
  const seen = new Set([deepest]);
  const steps = [1, -1, size[0], -size[0], size[0] * size[1], -size[0] * size[1]];
  // The border is background: no step leaves the box or wraps around it.
  for (const at of seen) for (const step of steps) if ((depths[at + step] ?? 0) >= least) seen.add(at + step);
  return [...seen];
}

/**
 * The middle of the body, voxel indices: of the part of the vertebra that lies deepest below its surface. The mean
 * of all its voxels would lie in the spinal canal. For the atlas, which has no body, and where there is nothing: null.
 *
 * @param box voxels that hold all of the label; may be too large
 */
export function bodyCentre(
  mask: LabelArray,
  shape: Shape,
  spacingMm: Vec3,
  label: number,
  box: VoxelBox | null,
): Vec3 | null {
  if (!box || !hasBody(label)) return null;
  const { size, stride, inside } = sampled(mask, shape, spacingMm, label, box);
  if (!inside.includes(1)) return null;
  const stepMm: Vec3 = [spacingMm[0] * stride[0], spacingMm[1] * stride[1], spacingMm[2] * stride[2]];
  const core = coreOf(distanceSquared({ size, inside }, stepMm, 0), size);
  const sum: [number, number, number] = [0, 0, 0];
  for (const at of core) {
    sum[0] += at % size[0];
    sum[1] += Math.floor(at / size[0]) % size[1];
    sum[2] += Math.floor(at / (size[0] * size[1]));
  }
  const middle = (axis: 0 | 1 | 2): number => box.low[axis] + (sum[axis] / core.length - 1) * stride[axis];
  return [middle(0), middle(1), middle(2)];
}

/** The middles of the bodies of a mask in work; each is looked for anew only after its vertebra has changed. */
export class LevelCentres {
  private readonly known = new Map<number, { readonly of: string; readonly centre: Vec3 }>();

  constructor(
    private readonly store: Pick<MaskStore, "labels" | "shape" | "summary">,
    private readonly spacingMm: Vec3,
  ) {}

  /** The body's middle, or that of all of it where no body is found; null where the mask has no such level. */
  of(label: number): Vec3 | null {
    const { labels, shape, summary } = this.store;
    const level = summary.get(label);
    if (!level) return null;
    const of = `${level.voxels} ${level.centre.join(" ")}`;
    const known = this.known.get(label);
    if (known?.of === of) return known.centre;
    const centre = bodyCentre(labels, shape, this.spacingMm, label, summary.boxOf([label])) ?? level.centre;
    this.known.set(label, { of, centre });
    return centre;
  }
}
