/** Pictures whose rows are straight lines through the volume: slices across a curved line, thumbnails. */

import type { Vec3, VolumeGeometry } from "./geometry";

/** Where a picture's rows lie: start and step per pixel, LPS mm. */
export interface SheetLines {
  readonly rows: number;
  readonly columns: number;
  readonly rowLine: (row: number) => { readonly start: Vec3; readonly step: Vec3 };
}

/** Call back with the voxel position of every pixel: whole rows are straight, so a pixel costs three additions. */
export function visitLines(
  lines: SheetLines,
  geometry: VolumeGeometry,
  at: (index: number, i: number, j: number, k: number) => void,
): void {
  for (let row = 0, index = 0; row < lines.rows; row++) {
    const { start, step } = lines.rowLine(row);
    const from = geometry.lpsMmToVoxel(start);
    const next = geometry.lpsMmToVoxel([start[0] + step[0], start[1] + step[1], start[2] + step[2]]);
    const [di, dj, dk] = [next[0] - from[0], next[1] - from[1], next[2] - from[2]];
    let [i, j, k] = from;
    for (let column = 0; column < lines.columns; column++, index++, i += di, j += dj, k += dk) at(index, i, j, k);
  }
}
