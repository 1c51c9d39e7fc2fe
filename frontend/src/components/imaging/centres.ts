/** The list of vertebrae while it is being corrected; places are voxels, as the viewer shows them. */

import type { RunCentres } from "@/api/types";
import { ANATOMICAL_ORDER, nameOf, sortLabels } from "@/domain/labels";
import type { CorrectedCentre } from "@/state/pipeline";

export interface Row {
  /** Stays the same while level and place change. */
  readonly key: string;
  readonly label: number;
  readonly was: number | null;
  readonly voxel: readonly [number, number, number];
  readonly uncertainty: number | null;
}

const DECIMALS = 10;
const rounded = (value: number): number => Math.round(value * DECIMALS) / DECIMALS;

export function rowsOf(centres: RunCentres): Row[] {
  const byLabel = new Map(centres.centres.map((centre) => [centre.label, centre]));
  return sortLabels([...byLabel.keys()]).flatMap((label) => {
    const centre = byLabel.get(label);
    if (centre === undefined) return [];
    const [i = 0, j = 0, k = 0] = centre.voxel.map(rounded);
    return [{ key: String(label), label, was: label, voxel: [i, j, k], uncertainty: centre.uncertainty }];
  });
}

/** Voxel to RAS mm by the volume's affine, row by row. */
function toRasMm(affine: readonly (readonly number[])[], voxel: readonly number[]): number[] {
  return [0, 1, 2].map((row) => {
    const line = affine[row] ?? [];
    return (line[3] ?? 0) + [0, 1, 2].reduce((sum, axis) => sum + (line[axis] ?? 0) * (voxel[axis] ?? 0), 0);
  });
}

/** What the server is asked for: an entry whose place was not touched is sent exactly as it came. */
export function entriesOf(rows: readonly Row[], centres: RunCentres): CorrectedCentre[] {
  const before = new Map(centres.centres.map((centre) => [centre.label, centre]));
  return rows.map(({ label, was, voxel }) => {
    const old = was === null ? undefined : before.get(was);
    const same = old?.voxel.every((value, axis) => rounded(value) === voxel[axis]) === true;
    return { label, was, point_ras_mm: same ? old.point_ras_mm : toRasMm(centres.affine_ras_mm, voxel) };
  });
}

export interface Changes {
  readonly renamed: number;
  readonly segmented: number;
  readonly removed: number;
}

/** What a correction comes to, before it is sent. */
export function changesOf(rows: readonly Row[], centres: RunCentres): Changes {
  const before = new Map(centres.centres.map((centre) => [centre.label, centre]));
  let renamed = 0;
  let segmented = 0;
  for (const { label, was, voxel } of rows) {
    const old = was === null ? undefined : before.get(was);
    if (old === undefined || !old.voxel.every((value, axis) => rounded(value) === voxel[axis])) segmented += 1;
    else if (label !== was) renamed += 1;
  }
  const kept = new Set(rows.map(({ was }) => was));
  return { renamed, segmented, removed: centres.centres.filter(({ label }) => !kept.has(label)).length };
}

/** The first level that is there twice, or null. */
export function doubled(rows: readonly Row[]): string | null {
  const seen = new Set<number>();
  for (const { label } of rows) {
    if (seen.has(label)) return nameOf(label);
    seen.add(label);
  }
  return null;
}

const ORDER: readonly number[] = ANATOMICAL_ORDER.map(({ label }) => label);
/** Without T13 and L6, which few spines have. */
const USUAL = ORDER.filter((label) => label !== 28 && label !== 25);

/** Of a gap that a vertebra is missing in, against the usual distance of neighbours. */
const WIDE = 1.6;

/**
 * One more vertebra: in the widest gap of the chain, or below it, named after the one above. In the middle of the
 * volume where there is no chain; null where no level is left.
 */
export function withAdded(rows: readonly Row[], key: string, shape: readonly number[]): Row[] | null {
  const down = [...rows].sort((a, b) => b.voxel[2] - a.voxel[2]);
  const steps = down.slice(1).map((row, at) => (down[at]?.voxel[2] ?? 0) - row.voxel[2]);
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const widest = Math.max(0, ...steps);
  const at = widest > WIDE * usual ? steps.indexOf(widest) : down.length - 1;
  const [above, below] = [down[at], down[at + 1]];
  const start = above === undefined ? -1 : ORDER.indexOf(above.label);
  const used = new Set(rows.map(({ label }) => label));
  const label = [...ORDER.slice(start + 1), ...ORDER.slice(0, start + 1)].find(
    (one) => USUAL.includes(one) && !used.has(one),
  );
  if (label === undefined) return null;
  return [...rows, { key, label, was: null, voxel: placeOf(above, below, usual, shape), uncertainty: null }];
}

function placeOf(above: Row | undefined, below: Row | undefined, step: number, shape: readonly number[]): Row["voxel"] {
  if (above === undefined) {
    const [i = 0, j = 0, k = 0] = shape.map((n) => Math.floor(n / 2));
    return [i, j, k];
  }
  const [i, j, k] = above.voxel;
  if (below === undefined) return [i, j, rounded(Math.max(0, k - step))];
  return [rounded((i + below.voxel[0]) / 2), rounded((j + below.voxel[1]) / 2), rounded((k + below.voxel[2]) / 2)];
}

/** One vertebra named a level higher (-1) or lower (+1); the others keep their names. */
export function renamedBy(rows: readonly Row[], key: string, by: 1 | -1): Row[] {
  return rows.map((row) => {
    const chain = USUAL.includes(row.label) ? USUAL : ORDER;
    const label = chain[chain.indexOf(row.label) + by];
    return row.key !== key || label === undefined ? row : { ...row, label };
  });
}

/** The whole chain one level up (-1) or down (+1), the usual mistake of naming; null where it would fall off. */
export function shifted(rows: readonly Row[], by: 1 | -1): Row[] | null {
  const moved = rows.map((row) => {
    const at = USUAL.indexOf(row.label);
    const label = at === -1 ? undefined : USUAL[at + by];
    return label === undefined ? null : { ...row, label };
  });
  return moved.some((row) => row === null) ? null : moved.filter((row) => row !== null);
}
