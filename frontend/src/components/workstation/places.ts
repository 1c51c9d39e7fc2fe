/** Places to look at: which comes next, what is ticked, how near one is shown. */

import type { Place } from "@/api/assignments";
import type { VoxelBox } from "@/domain/changes";
import type { Vec3 } from "@/domain/geometry";
import { isSamePlace, type Act } from "@/state/outbox/acts";

/** Around a place so much is seen at least. */
const SEEN_MM = 25;

/** The server's list with the ticks on top that it does not have yet. */
export function withTicks(places: readonly Place[], pending: readonly { readonly act: Act }[]): Place[] {
  return places.map((place) => {
    let { looked } = place;
    for (const { act } of pending) if (act.kind === "looked" && isSamePlace(act.place, place)) looked = act.looked;
    return { ...place, looked };
  });
}

/**
 * Where the walk goes on: forward to the next place that is not ticked, round the end; back to the one before.
 *
 * @returns null where nothing is left
 */
export function nextPlace(places: readonly Place[], at: number, step: 1 | -1): number | null {
  if (places.length === 0) return null;
  if (step < 0) return Math.max(0, at - 1);
  const open = places.flatMap(({ looked }, index) => (looked ? [] : [index]));
  return open.find((index) => index > at) ?? open[0] ?? null;
}

/** After an edit the same place lies a little elsewhere. */
const SAME_MM = 10;

/** Where a place stands in a list that was made anew; -1 where it is gone. */
export function placeIn(places: readonly Place[], { kind, label, voxel }: Place, spacingMm: Vec3): number {
  const apart = (other: Place): number =>
    Math.hypot(...([0, 1, 2] as const).map((axis) => (other.voxel[axis] - voxel[axis]) * spacingMm[axis]));
  let found = -1;
  let nearest = SAME_MM;
  places.forEach((other, index) => {
    if (other.kind !== kind || other.label !== label || apart(other) > nearest) return;
    [found, nearest] = [index, apart(other)];
  });
  return found;
}

/** What is to be seen of a place: all of it, and its surroundings. */
export function boxAround({ voxel, low, high }: Pick<Place, "voxel" | "low" | "high">, spacingMm: Vec3): VoxelBox {
  const least = (axis: 0 | 1 | 2): number => Math.min(low[axis], voxel[axis] - SEEN_MM / spacingMm[axis]);
  const most = (axis: 0 | 1 | 2): number => Math.max(high[axis], voxel[axis] + SEEN_MM / spacingMm[axis]);
  return { low: [least(0), least(1), least(2)], high: [most(0), most(1), most(2)] };
}
