import { describe, expect, it } from "vitest";
import { SurfaceError, decodeSurfaces, pickSurface, vertexNormals } from "./surfaceMesh";

/** A tetrahedron written as the server writes it: step 0.5 mm from (10, 20, 30). */
function encoded(label: number): ArrayBuffer {
  const buffer = new ArrayBuffer(8 + 36 + 4 * 6 + 4 * 12);
  const view = new DataView(buffer);
  view.setUint32(0, 0x31534256, true);
  view.setUint32(4, 1, true);
  [label, 4, 4].forEach((value, index) => view.setUint32(8 + 4 * index, value, true));
  [10, 20, 30, 0.5, 0.5, 0.5].forEach((value, index) => view.setFloat32(20 + 4 * index, value, true));
  [0, 0, 0, 10, 0, 0, 0, 10, 0, 0, 0, 10].forEach((value, index) => view.setUint16(44 + 2 * index, value, true));
  [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3].forEach((value, index) => view.setUint32(68 + 4 * index, value, true));
  return buffer;
}

describe("surfaces", () => {
  it("are read with their place in mm", () => {
    const [mesh] = decodeSurfaces(encoded(22));
    expect(mesh?.label).toBe(22);
    expect([...(mesh?.points ?? [])]).toEqual([10, 20, 30, 15, 20, 30, 10, 25, 30, 10, 20, 35]);
    expect([...(mesh?.triangles ?? [])].slice(0, 3)).toEqual([0, 2, 1]);
  });

  it("have normals that point outward", () => {
    const [mesh] = decodeSurfaces(encoded(22));
    const normals = vertexNormals(mesh!.points, mesh!.triangles);
    // The corner at the origin of the three faces looks away from all of them.
    expect(normals[0]).toBeLessThan(0);
    expect(normals[1]).toBeLessThan(0);
    expect(normals[2]).toBeLessThan(0);
    expect(Math.hypot(normals[3]!, normals[4]!, normals[5]!)).toBeCloseTo(1, 5);
  });

  it("are refused when they are something else or cut short", () => {
    expect(() => decodeSurfaces(new ArrayBuffer(8))).toThrow(SurfaceError);
    expect(() => decodeSurfaces(encoded(22).slice(0, 80))).toThrow(SurfaceError);
  });

  it("are picked where the ray meets the nearest of them", () => {
    const near = decodeSurfaces(encoded(22));
    const far = decodeSurfaces(encoded(23)).map((mesh) => ({
      ...mesh,
      points: mesh.points.map((value, index) => (index % 3 === 2 ? value - 20 : value)),
    }));
    const hit = pickSurface([...far, ...near], [11, 21, 100], [0, 0, -1]);
    expect(hit?.label).toBe(22);
    expect(hit?.atRasMm[2]).toBeCloseTo(33, 5);
    expect(pickSurface([...far, ...near], [11, 21, 0], [0, 0, 1])?.label).toBe(23);
    expect(pickSurface(near, [40, 40, 100], [0, 0, -1])).toBeNull();
  });
});
