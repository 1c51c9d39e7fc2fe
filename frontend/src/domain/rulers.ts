/** Distances and angles between points set by hand, in millimetres of the patient. */

import { decimal, t } from "@/i18n";
import { dot, lpsToRas, norm, planeView, subtract, type Plane, type Vec3, type VolumeGeometry } from "./geometry";

const RULER_KINDS = ["length", "angle", "cobb"] as const;
export type RulerKind = (typeof RULER_KINDS)[number];

export const POINTS_OF: Readonly<Record<RulerKind, number>> = { length: 2, angle: 3, cobb: 4 };
export const RULER_NAMES: Readonly<Record<RulerKind, string>> = {
  length: t("Distance"),
  angle: t("Angle"),
  cobb: t("Cobb angle"),
};

export function isRuler(tool: string): tool is RulerKind {
  return RULER_KINDS.some((kind) => kind === tool);
}

/** Less has no direction: the server refuses it, too. */
const SHORTEST_MM = 0.1;

export interface DrawnRuler {
  readonly kind: RulerKind;
  /** That it was drawn in. */
  readonly plane: Plane;
  /** RAS mm; of a Cobb angle two lines, both running to the same side of the screen. */
  readonly pointsRasMm: readonly Vec3[];
}

function degreesBetween(one: Vec3, other: Vec3): number {
  const cosine = dot(one, other) / (norm(one) * norm(other));
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}

/** The lines that a ruler consists of, from point to point. */
function linesOf(kind: RulerKind, points: readonly Vec3[]): Vec3[] {
  const [a, b, c, d] = points;
  if (!a || !b) return [];
  if (kind === "length") return [subtract(b, a)];
  if (!c) return [];
  if (kind === "angle") return [subtract(a, b), subtract(c, b)];
  return d ? [subtract(b, a), subtract(d, c)] : [];
}

/**
 * What it reads: mm for a length, degrees (0 to 180) for angles; null while points are missing or lie on each other.
 * The same as `ruler_value` of the server (`backend/science/morphometry/rulers.py`).
 */
export function rulerValue(kind: RulerKind, points: readonly Vec3[]): number | null {
  const [one, other] = linesOf(kind, points);
  if (!one || norm(one) < SHORTEST_MM) return null;
  if (kind === "length") return norm(one);
  return other && norm(other) >= SHORTEST_MM ? degreesBetween(one, other) : null;
}

export function rulerText(kind: RulerKind, value: number | null): string {
  if (value === null) return "";
  return kind === "length" ? t("{{value}} mm", { value: decimal(value.toFixed(1)) }) : `${decimal(value.toFixed(1))}°`;
}

/**
 * Both lines of a Cobb angle from the left of the screen to its right, whichever way they were drawn: so the angle is
 * that between the endplates, also beyond 90 degrees.
 */
export function runningOneWay(ruler: DrawnRuler, geometry: VolumeGeometry): DrawnRuler {
  const [a, b, c, d] = ruler.pointsRasMm;
  if (ruler.kind !== "cobb" || !a || !b || !c || !d) return ruler;
  const right = lpsToRas(planeView(geometry, ruler.plane).right);
  const ordered = (from: Vec3, to: Vec3): Vec3[] => (dot(subtract(to, from), right) < 0 ? [to, from] : [from, to]);
  return { ...ruler, pointsRasMm: [...ordered(a, b), ...ordered(c, d)] };
}
