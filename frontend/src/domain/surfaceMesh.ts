/** Surfaces of vertebrae as the server sends them (VBS1, see science/surfaces.py), and picking among them. RAS mm. */

import { cross, dot, subtract, type Vec3 } from "./geometry";

export interface SurfaceMesh {
  readonly label: number;
  /** x, y, z of each vertex, RAS mm. */
  readonly points: Float32Array<ArrayBuffer>;
  /** Three vertex indices each, counter-clockwise seen from outside. */
  readonly triangles: Uint32Array<ArrayBuffer>;
  /** Unit vectors pointing outward, one per vertex. */
  readonly normals: Float32Array<ArrayBuffer>;
}

export class SurfaceError extends Error {}

const MAGIC = 0x31534256; // "VBS1", little endian
const HEAD_BYTES = 8;
const SURFACE_HEAD_BYTES = 36;

/**
 * Read VBS1 after it was unpacked.
 * @throws SurfaceError where it is something else or is cut short
 */
export function decodeSurfaces(content: ArrayBuffer): SurfaceMesh[] {
  const view = new DataView(content);
  if (content.byteLength < HEAD_BYTES || view.getUint32(0, true) !== MAGIC)
    throw new SurfaceError("these are no surfaces (VBS1)");
  const count = view.getUint32(4, true);
  const meshes: SurfaceMesh[] = [];
  let at = HEAD_BYTES;
  for (let index = 0; index < count; index++) {
    if (at + SURFACE_HEAD_BYTES > content.byteLength) throw new SurfaceError("the surfaces are cut short");
    const [label, vertices, faces] = [0, 4, 8].map((offset) => view.getUint32(at + offset, true)) as [
      number,
      number,
      number,
    ];
    const frame = [12, 16, 20, 24, 28, 32].map((offset) => view.getFloat32(at + offset, true));
    at += SURFACE_HEAD_BYTES;
    if (at + 6 * vertices + 12 * faces > content.byteLength) throw new SurfaceError("the surfaces are cut short");
    const points = new Float32Array(3 * vertices);
    for (let number = 0; number < points.length; number++, at += 2) {
      points[number] = (frame[number % 3] ?? 0) + (frame[3 + (number % 3)] ?? 0) * view.getUint16(at, true);
    }
    const triangles = new Uint32Array(3 * faces);
    for (let number = 0; number < triangles.length; number++, at += 4) triangles[number] = view.getUint32(at, true);
    meshes.push({ label, points, triangles, normals: vertexNormals(points, triangles) });
  }
  return meshes;
}

function corner(points: Float32Array, vertex: number): Vec3 {
  return [points[3 * vertex] ?? 0, points[3 * vertex + 1] ?? 0, points[3 * vertex + 2] ?? 0];
}

/** At each vertex the mean of its triangles' normals, large triangles counting more. */
export function vertexNormals(points: Float32Array, triangles: Uint32Array): Float32Array<ArrayBuffer> {
  const normals = new Float32Array(points.length);
  for (let first = 0; first < triangles.length; first += 3) {
    const [a, b, c] = [triangles[first] ?? 0, triangles[first + 1] ?? 0, triangles[first + 2] ?? 0];
    const origin = corner(points, a);
    const normal = cross(subtract(corner(points, b), origin), subtract(corner(points, c), origin));
    for (const vertex of [a, b, c]) {
      for (let axis = 0; axis < 3; axis++)
        normals[3 * vertex + axis] = (normals[3 * vertex + axis] ?? 0) + (normal[axis] ?? 0);
    }
  }
  for (let at = 0; at < normals.length; at += 3) {
    const length = Math.hypot(normals[at] ?? 0, normals[at + 1] ?? 0, normals[at + 2] ?? 0) || 1;
    for (let axis = 0; axis < 3; axis++) normals[at + axis] = (normals[at + axis] ?? 0) / length;
  }
  return normals;
}

export interface Pick {
  readonly label: number;
  /** Where the ray meets the surface first, RAS mm. */
  readonly atRasMm: Vec3;
  readonly distance: number;
}

const PARALLEL = 1e-12;

/** The first surface along a ray (Möller and Trumbore 1997), or null. `direction` need not be of length 1. */
export function pickSurface(meshes: Iterable<SurfaceMesh>, origin: Vec3, direction: Vec3): Pick | null {
  let best: Pick | null = null;
  for (const { label, points, triangles } of meshes) {
    for (let first = 0; first < triangles.length; first += 3) {
      const a = corner(points, triangles[first] ?? 0);
      const distance = hitDistance(
        a,
        corner(points, triangles[first + 1] ?? 0),
        corner(points, triangles[first + 2] ?? 0),
        origin,
        direction,
      );
      if (distance === null || (best && distance >= best.distance)) continue;
      const atRasMm: Vec3 = [
        origin[0] + distance * direction[0],
        origin[1] + distance * direction[1],
        origin[2] + distance * direction[2],
      ];
      best = { label, atRasMm, distance };
    }
  }
  return best;
}

function hitDistance(a: Vec3, b: Vec3, c: Vec3, origin: Vec3, direction: Vec3): number | null {
  const [ab, ac] = [subtract(b, a), subtract(c, a)];
  const p = cross(direction, ac);
  const determinant = dot(ab, p);
  if (Math.abs(determinant) < PARALLEL) return null;
  const t = subtract(origin, a);
  const u = dot(t, p) / determinant;
  if (u < 0 || u > 1) return null;
  const q = cross(t, ab);
  const v = dot(direction, q) / determinant;
  if (v < 0 || u + v > 1) return null;
  const distance = dot(ac, q) / determinant;
  return distance > 0 ? distance : null;
}
