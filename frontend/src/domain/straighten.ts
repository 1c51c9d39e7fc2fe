/**
 * The spine laid straight (curved planar reformation): a smooth line through the vertebrae's centres, and at
 * each point of it the sagittal direction across. Rows of the picture follow the line from head to foot,
 * columns run from front to back, so a scoliosis or a kyphosis becomes a straight column.
 *
 * Kanitsar et al. (2002), "CPR: curved planar reformation", the straightened kind. Positions are LPS mm.
 */

import { add, cross, dot, norm, normalise, scale, subtract, type Vec3 } from "./geometry";

/** How far the line goes on, straight, above the first centre and below the last, mm. */
const EXTEND_MM = 45;
const WIDTH_MM = 150;
/** Share of the width in front of the line. The centre of a whole vertebra lies behind its body. */
const FRONT_SHARE = 0.55;
/** Points per stretch between two centres when the line is measured. */
const FINE = 24;
const POSTERIOR: Vec3 = [0, 1, 0];
/** Steps of a search along the line; each is shorter than the last by the distance over the line's radius. */
const LONGEST_SEARCH = 24;

interface Frame {
  readonly centre: Vec3;
  /** Unit vectors: along the line towards the feet, to the back, and to the patient's left. */
  readonly along: Vec3;
  readonly back: Vec3;
  readonly left: Vec3;
}

export interface SheetPoint {
  readonly row: number;
  readonly column: number;
  /** Beside the sheet, towards the patient's left, mm. */
  readonly lateralMm: number;
}

export class StraightSheet {
  readonly rows: number;
  readonly columns: number;
  private readonly frontMm: number;

  private constructor(
    private readonly frames: readonly Frame[],
    readonly pixelMm: number,
  ) {
    this.rows = frames.length;
    this.columns = Math.max(2, Math.round(WIDTH_MM / pixelMm));
    this.frontMm = FRONT_SHARE * WIDTH_MM;
  }

  /** Null for fewer than two centres: there is no line to follow. Centres from head to foot. */
  static through(centres: readonly Vec3[], pixelMm: number): StraightSheet | null {
    const [first, second] = centres;
    const [last, before] = [centres.at(-1), centres.at(-2)];
    if (!first || !second || !last || !before) return null;
    const above = add(first, scale(normalise(subtract(first, second)), EXTEND_MM));
    const below = add(last, scale(normalise(subtract(last, before)), EXTEND_MM));
    return new StraightSheet(framesAlong(resample(smooth([above, ...centres, below]), pixelMm)), pixelMm);
  }

  private frame(row: number): Frame {
    const frame = this.frames[Math.min(this.rows - 1, Math.max(0, Math.round(row)))];
    if (!frame) throw new Error("a sheet without rows");
    return frame;
  }

  /** LPS mm of a place on the sheet, or beside it. */
  toLps({ row, column, lateralMm }: SheetPoint): Vec3 {
    const { centre, along, back, left } = this.frame(row);
    // Between two rows, and beyond the ends, straight on.
    const rest = (row - Math.min(this.rows - 1, Math.max(0, Math.round(row)))) * this.pixelMm;
    const across = column * this.pixelMm - this.frontMm;
    return add(add(centre, scale(along, rest)), add(scale(back, across), scale(left, lateralMm)));
  }

  /** The start of a row and the way from one of its pixels to the next, LPS mm. */
  rowLine(row: number, lateralMm: number): { start: Vec3; step: Vec3 } {
    return { start: this.toLps({ row, column: 0, lateralMm }), step: scale(this.frame(row).back, this.pixelMm) };
  }

  /** The place of a point: its nearest place on the line gives the row. */
  fromLps(point: Vec3): SheetPoint {
    let [best, distance] = [0, Infinity];
    this.frames.forEach(({ centre, along }, row) => {
      const offset = subtract(point, centre);
      // Of the rows whose cross-section the point lies in, the nearest; a bent line has several.
      const beside = Math.abs(dot(offset, along));
      const score = beside <= this.pixelMm ? norm(offset) : norm(offset) + 1e3 * beside;
      if (score < distance) [best, distance] = [row, score];
    });
    return this.placeIn(best, point);
  }

  private placeIn(row: number, point: Vec3): SheetPoint {
    const { centre, along, back, left } = this.frame(row);
    const offset = subtract(point, centre);
    return {
      row: row + dot(offset, along) / this.pixelMm,
      column: (dot(offset, back) + this.frontMm) / this.pixelMm,
      lateralMm: dot(offset, left),
    };
  }

  /**
   * The place of a point, looked for from a row nearby: what `fromLps` gives, where the line's cross-sections do
   * not meet, in a few steps. Beyond an end, a row that the sheet does not have.
   */
  placeNear(point: Vec3, nearby: number): SheetPoint {
    let row = Math.min(this.rows - 1, Math.max(0, Math.round(nearby)));
    let place = this.placeIn(row, point);
    for (let step = 0; step < LONGEST_SEARCH && Math.abs(place.row - row) > 0.5; step++) {
      const next = Math.min(this.rows - 1, Math.max(0, Math.round(place.row)));
      if (next === row) break;
      row = next;
      place = this.placeIn(row, point);
    }
    return place;
  }
}

/** A curve through all points whose direction does not jump (Catmull-Rom), as a fine chain. */
function smooth(points: readonly Vec3[]): Vec3[] {
  const chain: Vec3[] = [];
  for (let index = 0; index + 1 < points.length; index++) {
    const [p1, p2] = [points[index], points[index + 1]];
    if (!p1 || !p2) continue;
    const p0 = points[index - 1] ?? subtract(scale(p1, 2), p2);
    const p3 = points[index + 2] ?? subtract(scale(p2, 2), p1);
    for (let step = 0; step < FINE; step++) chain.push(catmullRom(p0, p1, p2, p3, step / FINE));
  }
  const last = points.at(-1);
  return last ? [...chain, last] : chain;
}

function catmullRom(p0: Vec3, p1: Vec3, p2: Vec3, p3: Vec3, t: number): Vec3 {
  const at = (axis: 0 | 1 | 2): number => {
    const [a, b, c, d] = [p0[axis], p1[axis], p2[axis], p3[axis]];
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t ** 2 + (3 * b - a - 3 * c + d) * t ** 3);
  };
  return [at(0), at(1), at(2)];
}

/** Points at equal distance along a chain. */
function resample(chain: readonly Vec3[], stepMm: number): Vec3[] {
  const [first] = chain;
  if (!first) return [];
  const points: Vec3[] = [first];
  let due = stepMm;
  for (let index = 1; index < chain.length; index++) {
    const [from, to] = [chain[index - 1], chain[index]];
    if (!from || !to) continue;
    const way = subtract(to, from);
    const length = norm(way);
    let at = due;
    for (; at <= length; at += stepMm) points.push(add(from, scale(way, at / length)));
    due = at - length;
  }
  return points;
}

function framesAlong(points: readonly Vec3[]): Frame[] {
  return points.map((centre, index) => {
    const [before, after] = [
      points[Math.max(0, index - 1)] ?? centre,
      points[Math.min(points.length - 1, index + 1)] ?? centre,
    ];
    const along = normalise(subtract(after, before));
    const back = normalise(subtract(POSTERIOR, scale(along, dot(POSTERIOR, along))));
    // Feet x back = the patient's left: (0, 0, -1) x (0, 1, 0) = (1, 0, 0).
    return { centre, along, back, left: cross(along, back) };
  });
}
