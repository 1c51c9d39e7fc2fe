import { beforeAll, describe, expect, it } from "vitest";
import { planeView, VolumeGeometry, type Affine, type Shape } from "@/domain/geometry";
import { greySlab, greySlice } from "./greySlice";
import { slabLayers, ThickSlab } from "./slab";
import { Snapshots } from "./snapshots";
import type { Slab, ViewerState } from "./types";

const SHAPE: Shape = [3, 4, 5];
const AFFINE: Affine = [
  [0.8, 0, 0, 0],
  [0, 0.8, 0, 0],
  [0, 0, 2.5, 0],
  [0, 0, 0, 1],
];
const geometry = new VolumeGeometry(SHAPE, AFFINE);
/** Grey is HU. */
const WINDOW = { centre: 127.5, width: 255 };

beforeAll(() => {
  // There is no ImageData without a browser.
  Object.assign(globalThis, {
    ImageData: class {
      readonly data: Uint8ClampedArray;
      constructor(
        readonly width: number,
        readonly height: number,
      ) {
        this.data = new Uint8ClampedArray(4 * width * height);
      }
    },
  });
});

describe("a slab", () => {
  it("holds the layers whose middle lies within its thickness, on thin and on thick slices", () => {
    const of = (thicknessMm: number, spacing: number, slice = 10, count = 40) =>
      slabLayers({ thicknessMm, blend: "max" }, spacing, slice, count);
    expect(of(0, 2.5)).toEqual({ first: 10, last: 10 });
    expect(of(5, 2.5)).toEqual({ first: 9, last: 11 });
    expect(of(10, 2.5)).toEqual({ first: 8, last: 12 });
    expect(of(5, 0.8)).toEqual({ first: 7, last: 13 });
    expect(of(5, 6)).toEqual({ first: 10, last: 10 });
    // Three times 0.1 is a little more than 0.3.
    expect(of(2 * 3 * 0.1, 0.1)).toEqual({ first: 7, last: 13 });
  });

  it("ends where the volume ends", () => {
    expect(slabLayers({ thicknessMm: 20, blend: "max" }, 2.5, 1, 5)).toEqual({ first: 0, last: 4 });
    expect(slabLayers({ thicknessMm: 5, blend: "max" }, 2.5, 9, 5)).toEqual({ first: 3, last: 4 });
  });

  it("shows a single layer through the window, voxel by voxel, and another window anew", () => {
    const voxels = Int16Array.from({ length: geometry.voxelCount }, (_, at) => -1024 + at * 37);
    const view = planeView(geometry, "sagittal");
    for (const window of [
      { centre: 300, width: 1500 },
      { centre: 40, width: 400 },
    ]) {
      const { data, width, height } = greySlice(voxels, SHAPE, view, 1, window);
      const wanted = new Uint8ClampedArray(data.length);
      for (let z = 0, out = 0; z < height; z++)
        for (let y = 0; y < width; y++, out += 4) {
          const hu = voxels[1 + 3 * (width - 1 - y + 4 * (height - 1 - z))] ?? 0;
          wanted.fill(((hu - window.centre + window.width / 2) / window.width) * 255, out, out + 3);
          wanted[out + 3] = 255;
        }
      expect(data).toEqual(wanted);
    }
  });

  it("shows in every plane the brightest voxel behind a pixel, or their mean", () => {
    const voxels = Int16Array.from({ length: geometry.voxelCount }, (_, at) => (at * 37) % 200);
    for (const plane of ["sagittal", "coronal", "axial"] as const) {
      const view = planeView(geometry, plane);
      const single = [1, 2].map((slice) => greySlice(voxels, SHAPE, view, slice, WINDOW).data);
      const [one, two] = single as [Uint8ClampedArray, Uint8ClampedArray];
      const layers = { first: 1, last: 2 };
      const brightest = greySlab(voxels, SHAPE, view, { ...layers, blend: "max" }, WINDOW);
      const mean = greySlab(voxels, SHAPE, view, { ...layers, blend: "mean" }, WINDOW);
      expect([...brightest.data]).toEqual([...one.map((grey, at) => Math.max(grey, two[at] ?? 0))]);
      const half = [...one].map((grey, at) => (grey + (two[at] ?? 0)) / 2);
      expect([...mean.data].every((grey, at) => Math.abs(grey - (half[at] ?? 0)) <= 0.5)).toBe(true);
      expect(brightest.width).toBe(SHAPE[view.horizontalAxis]);
    }
  });

  it("grows by the key, and is off again after the thickest", () => {
    const snapshots = new Snapshots({ slab: { thicknessMm: 0, blend: "max" } } as ViewerState);
    const drawn: Slab[] = [];
    const slab = new ThickSlab(snapshots, { setSlab: (next) => drawn.push(next) });
    for (let press = 0; press < 4; press++) slab.thicken();
    slab.swapBlend();
    expect(drawn.map(({ thicknessMm }) => thicknessMm)).toEqual([5, 10, 20, 0, 0]);
    expect(snapshots.get().slab).toEqual({ thicknessMm: 0, blend: "mean" });
  });
});
