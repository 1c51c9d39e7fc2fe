import { describe, expect, it, vi } from "vitest";
import { VolumeGeometry, type Shape } from "@/domain/geometry";
import { MaskStore } from "@/domain/maskStore";
import { Contour } from "./contour";
import { ContourHand } from "./contourHand";
import { MaskEditor } from "./maskEditor";
import { Snapshots } from "./snapshots";
import type { ContourWay, ViewerState } from "./types";

const SHAPE: Shape = [40, 30, 6];
/** Half a millimetre along x, one along y: what is round lies flat in voxels. */
const AFFINE = [
  [0.5, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 2, 0],
  [0, 0, 0, 1],
] as const;
const L1 = 20;
const SLICE = 3;
const CENTRE = [20, 15] as const;
const RADIUS_MM = 7;

const awayMm = (x: number, y: number): number => Math.hypot((x - CENTRE[0]) * 0.5, y - CENTRE[1]);
const onBorder = (angle: number): readonly [number, number] => [
  CENTRE[0] + (RADIUS_MM * Math.cos(angle)) / 0.5,
  CENTRE[1] + RADIUS_MM * Math.sin(angle),
];

function bench(way: ContourWay) {
  const count = SHAPE[0] * SHAPE[1] * SHAPE[2];
  const hu = Int16Array.from({ length: count }, (_, index) =>
    awayMm(index % 40, Math.floor(index / 40) % 30) <= RADIUS_MM ? 500 : 40,
  );
  const geometry = new VolumeGeometry(SHAPE, AFFINE);
  const steps: string[] = [];
  const refusals: string[] = [];
  const editor = new MaskEditor(geometry, new MaskStore(new Uint8Array(count), SHAPE), hu, {
    drawn: () => undefined,
    edited: ({ name }) => steps.push(name),
    refused: (why) => refusals.push(why),
    previewed: () => undefined,
  });
  editor.activeLabel = L1;
  const hand = { isErasing: false };
  const snapshots = new Snapshots({ contourWay: way, contourNodes: 0 } as ViewerState);
  const contour = new Contour({ geometry, hu, editor, hand, redraw: () => undefined }, snapshots);
  const painted = (): number => editor.mask.slice().filter((label) => label === L1).length;
  return { contour, editor, hand, snapshots, steps, refusals, painted };
}

/** Voxels of the disc that are painted beside those that are not, over the slice. */
function dice(editor: MaskEditor): number {
  let [both, sum] = [0, 0];
  editor.mask.slice().forEach((label, index) => {
    const k = Math.floor(index / 1200);
    const isDisc = k === SLICE && awayMm(index % 40, Math.floor(index / 40) % 30) <= RADIUS_MM;
    both += Number(isDisc && label === L1);
    sum += Number(isDisc) + Number(label === L1);
  });
  return (2 * both) / sum;
}

describe("the contour tool", () => {
  it("fills along the border of bone from four points, as one step that can be undone", () => {
    const { contour, editor, steps, painted } = bench("livewire");
    for (const angle of [0, 1.6, 3.1, 4.7]) contour.place("axial", SLICE, onBorder(angle));
    expect(contour.close()).toBe(true);
    // Straight between the same four points it is 0.78.
    expect(dice(editor)).toBeGreaterThan(0.94);
    // What the line runs through is bone, on all sides alike.
    const cells = [0, 1.6, 3.1, 4.7].map(onBorder).map((at) => at.map(Math.round));
    expect(cells.map(([x = 0, y = 0]) => editor.mask[x + 40 * (y + 30 * SLICE)])).toEqual([L1, L1, L1, L1]);
    expect(steps).toEqual(["Outline L1"]);
    editor.undo();
    expect(painted()).toBe(0);
  });

  it("fills straight between points, and empties what the eraser encloses", () => {
    const { contour, editor, hand, painted, steps } = bench("polygon");
    const square = [[9.5, 9.5], [14.5, 9.5], [14.5, 12.5], [9.5, 12.5]] as const; // prettier-ignore
    for (const at of square) contour.place("axial", SLICE, at);
    contour.close();
    expect(painted()).toBe(15);
    hand.isErasing = true;
    for (const at of square.slice(0, 3)) contour.place("axial", SLICE, at);
    contour.close();
    expect(painted()).toBeLessThan(15);
    expect(steps).toEqual(["Outline L1", "Cut L1"]);
    expect(editor.history.applied).toBe(2);
  });

  it("respects locks: a locked neighbour under the outline stays", () => {
    const { contour, editor, painted } = bench("polygon");
    const neighbour = 11 + 40 * (10 + 30 * SLICE);
    editor.activeLabel = 21;
    contour.fill("axial", SLICE, [[10.5, 9.5], [11.5, 9.5], [11.5, 10.5], [10.5, 10.5]]); // prettier-ignore
    expect(editor.mask[neighbour]).toBe(21);
    editor.activeLabel = L1;
    for (const at of [
      [9.5, 9.5],
      [14.5, 9.5],
      [14.5, 12.5],
      [9.5, 12.5],
    ] as const)
      // prettier-ignore
      contour.place("axial", SLICE, at);
    contour.close();
    expect(painted()).toBe(14);
    expect(editor.mask[neighbour]).toBe(21);
  });

  it("tells how many nodes it has; takes the last back, drops it, and wants three to close", () => {
    const { contour, snapshots, refusals, painted } = bench("polygon");
    expect([contour.close(), contour.cancel(), contour.removeLast()]).toEqual([false, false, false]);
    contour.place("sagittal", 4, [1, 1]);
    contour.place("sagittal", 4, [8, 1]);
    expect(contour.close()).toBe(true);
    expect(contour.place("axial", 4, [8, 1])).toBeNull();
    expect(refusals).toHaveLength(2);
    expect(snapshots.get().contourNodes).toBe(2);
    contour.removeLast();
    contour.removeLast();
    expect(snapshots.get().contourNodes).toBe(0);
    contour.place("axial", 4, [8, 1]);
    expect(contour.cancel()).toBe(true);
    expect([snapshots.get().contourNodes, painted()]).toEqual([0, 0]);
  });

  it("is seen in its own slice alone, on to the pointer", () => {
    const { contour } = bench("polygon");
    contour.place("coronal", 7, [3, 3]);
    contour.hover("coronal", 7, [5, 4]);
    contour.hover("axial", 7, [9, 9]);
    expect(contour.shapeIn("coronal", 7)).toEqual({ nodes: [[3, 3]], points: [[3, 3], [5, 4]] }); // prettier-ignore
    expect([contour.shapeIn("coronal", 8), contour.shapeIn("axial", 7)]).toEqual([null, null]);
  });
});

describe("the hand on a contour", () => {
  /** Ten pixels a voxel. */
  function handOn() {
    const made = bench("polygon");
    const viewport = {
      sliceIndex: SLICE,
      canvasToVoxel: ([x, y]: readonly [number, number]) => [x / 10, y / 10, SLICE] as const,
      voxelToCanvas: ([i, j]: readonly [number, number, number]): [number, number] => [i * 10, j * 10],
    };
    const hand = new ContourHand({ contour: made.contour }, "axial", viewport);
    const click = (x: number, y: number): void => {
      hand.start([x, y]);
      hand.move([x + 1, y]);
      hand.end();
    };
    const nodes = () => made.contour.shapeIn("axial", SLICE)?.nodes;
    return { ...made, pointer: hand, click, nodes };
  }

  it("sets nodes by clicks, drags them, and closes with a click on the first", () => {
    const { pointer, click, nodes, painted } = handOn();
    click(95, 95);
    click(145, 95);
    click(145, 125);
    click(200, 200);
    expect(nodes()).toEqual([[9.5, 9.5], [14.5, 9.5], [14.5, 12.5], [20, 20]]); // prettier-ignore
    pointer.start([203, 198]);
    pointer.move([95, 125]);
    pointer.end();
    expect(nodes()?.[3]).toEqual([9.5, 12.5]);
    click(97, 93);
    expect(painted()).toBe(15);
    expect(nodes()).toBeUndefined();
  });

  it("puts a node back when the drag is called off", () => {
    const { pointer, click, nodes } = handOn();
    click(95, 95);
    pointer.start([95, 95]);
    pointer.move([150, 150]);
    expect(nodes()).toEqual([[15, 15]]);
    pointer.cancel();
    expect(nodes()).toEqual([[9.5, 9.5]]);
  });
});

it("draws straight what would take too long, and puts that right with the next picture", () => {
  const size: Shape = [400, 400, 1];
  const geometry = new VolumeGeometry(size, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]); // prettier-ignore
  const frames: FrameRequestCallback[] = [];
  vi.stubGlobal("requestAnimationFrame", (go: FrameRequestCallback) => frames.push(go));
  const redraw = vi.fn();
  const snapshots = new Snapshots({ contourWay: "livewire", contourNodes: 0 } as ViewerState);
  const editor = { paintArea: vi.fn(), refuse: vi.fn(), isBusy: () => false };
  const hu = new Int16Array(160_000);
  const contour = new Contour({ geometry, hu, editor, hand: { isErasing: false }, redraw }, snapshots);
  contour.place("axial", 0, [5, 5]);
  contour.hover("axial", 0, [390, 390]);
  const lengths = [contour.shapeIn("axial", 0)?.points.length];
  for (let frame = frames.shift(); frame; frame = frames.shift()) {
    redraw.mockClear();
    frame(0);
    expect(redraw).toHaveBeenCalledOnce();
    lengths.push(contour.shapeIn("axial", 0)?.points.length);
  }
  expect(lengths.length).toBeGreaterThan(3);
  expect(new Set(lengths.slice(0, -1))).toEqual(new Set([2]));
  expect(lengths.at(-1)).toBe(386);
});
