/** Outlines of several masks in one slice: where they run along the same edges they take turns, so that each is seen. */

/** From one corner of a voxel to another along a row or a column: x1, y1, x2, y2, the smaller first. */
export type Edge = readonly [number, number, number, number];

/** Edges of one colour before it is the next one's turn. */
const STRIPE = 2;
/** More than a slice has corners in a row, doubled. */
const ROW = 1 << 16;

/** Edges of one voxel each, under a number that is the same for the same edge. */
function singleEdges(runs: readonly Edge[]): Map<number, Edge> {
  const found = new Map<number, Edge>();
  for (const [x1, y1, x2, y2] of runs) {
    const along = x2 > x1 ? 0 : 1;
    const length = Math.round(x2 - x1 + (y2 - y1));
    for (let step = 0; step < length; step++) {
      const [x, y] = along === 0 ? [x1 + step, y1] : [x1, y1 + step];
      const key = 2 * (Math.round(2 * y + 1) * ROW + Math.round(2 * x + 1)) + along;
      found.set(key, along === 0 ? [x, y, x + 1, y] : [x, y, x, y + 1]);
    }
  }
  return found;
}

/**
 * What each outline draws: all edges that it has alone, and of those that several have, every so many.
 *
 * @param outlines edges or straight runs of them, by outline
 */
export function dealtEdges(outlines: readonly (readonly Edge[])[]): Edge[][] {
  const all = outlines.map(singleEdges);
  const dealt: Edge[][] = outlines.map(() => []);
  const owners = new Map<number, number[]>();
  all.forEach((edges, outline) => {
    for (const key of edges.keys()) owners.set(key, [...(owners.get(key) ?? []), outline]);
  });
  for (const [key, sharing] of owners) {
    const [first = 0] = sharing;
    const edge = all[first]?.get(key);
    if (!edge) continue;
    const turn = Math.floor((edge[0] + edge[1] + 1) / STRIPE) % sharing.length;
    dealt[sharing[turn] ?? first]?.push(edge);
  }
  return dealt;
}
