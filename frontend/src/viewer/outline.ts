/** An outline while it is drawn with the scissors, in pixels of the pane. */

export type Point = readonly [number, number];

/** Points closer than this are the hand's tremor. */
const STEP_PX = 2;

function rectangle([x1, y1]: Point, [x2, y2]: Point): Point[] {
  return [
    [x1, y1],
    [x2, y1],
    [x2, y2],
    [x1, y2],
  ];
}

/** The outline with the pointer's next place. */
export function extended(
  outline: readonly Point[],
  point: Point,
  kind: "lasso" | "rectangle" | "line",
): readonly Point[] {
  const [first] = outline;
  const last = outline.at(-1);
  if (!first || !last) return [point];
  if (kind === "line") return [first, point];
  if (kind === "rectangle") return rectangle(first, point);
  return Math.hypot(point[0] - last[0], point[1] - last[1]) >= STEP_PX ? [...outline, point] : outline;
}
