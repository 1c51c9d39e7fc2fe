/** The viewer with a real mouse: what is painted is read back voxel by voxel, on straight and oblique grids. */
import { expect, test, type Page } from "@playwright/test";
import {
  AXIS,
  Harness,
  PLANES,
  asOften,
  makeFixture,
  startHarness,
  type HarnessServer,
  type Plane,
  type Voxel,
} from "./harness";

/** Small planes: without a graphics card, each pixel is drawn by the processor. */
const VIEWPORT = { width: 900, height: 600 };

/** No multiple of a spacing: the mouse stands on whole pixels, up to a fraction of a voxel beside the centre. */
const SPHERE_MM = 6.6;

// A trace takes pictures all the time, and here each costs more than the test itself.
test.use({ trace: "off" });

let server: HarnessServer;
test.beforeAll(async () => {
  server = await startHarness();
});
test.afterAll(async () => {
  await server.close();
  for (const files of made.values()) files.remove();
});

/** Made once each: starting Python takes longer than making a phantom. */
const made = new Map<string, ReturnType<typeof makeFixture>>();
function folderOf(fixture: string): string {
  const files = made.get(fixture) ?? makeFixture(fixture);
  made.set(fixture, files);
  return files.folder;
}

/** A voxel moved along the two axes of a plane. */
function shifted(plane: Plane, voxel: Voxel, a: number, b: number): Voxel {
  const [i, j, k] = voxel;
  if (plane === "sagittal") return [i, j + a, k + b];
  return plane === "coronal" ? [i + a, j, k + b] : [i + a, j + b, k];
}

// What an oblique volume shows a straight one shows as well, but for a fault of straight ones alone.
for (const [fixture, tags] of [
  ["straight", ["@slow"]],
  ["oblique", []],
] as const) {
  test.describe(`on the ${fixture} volume`, { tag: [...tags] }, () => {
    let page: Page;
    let harness: Harness;
    /** Beside the spine: background all around. */
    let centre: Voxel;

    // One page for all tests of a volume; each starts from the mask and the settings that were loaded.
    test.beforeAll(async ({ browser }) => {
      page = await browser.newPage({ viewport: VIEWPORT });
      harness = new Harness(page);
      await harness.open(server.address, folderOf(fixture));
      centre = await page.evaluate(() => {
        const { labelAt, state } = window.__vertebase;
        const [i, j, k] = state().crosshair;
        const reach = [-9, -5, 0, 5, 9];
        const isFree = (x: number): boolean =>
          reach.every((a) => reach.every((b) => reach.every((c) => labelAt(x + a, j + b, k + c) === 0)));
        for (let x = i; x < i + 60; x++) if (isFree(x)) return [x, j, k];
        throw new Error("no free place beside the spine");
      });
    });
    test.afterAll(() => page.close());
    test.beforeEach(() => harness.reset());
    test.afterEach(() => expect(harness.errors).toEqual([]));

    test("stands where Cornerstone's camera says, and shows the right voxels", async () => {
      await page.evaluate(() => window.harness.viewer.setMaskStyle({ visible: false }));
      // The fixture has a bright cube over voxels 4 to 9 of each axis.
      expect(await page.evaluate(() => [window.__vertebase.huAt(5, 5, 5), window.__vertebase.huAt(9, 9, 9)])).toEqual([
        2800, 2800,
      ]);
      await harness.centreOn([7, 7, 7]);
      for (const plane of PLANES) {
        const { x, y } = await harness.pageOf(plane, [7, 7, 7]);
        const seen = await page.evaluate(([p, px, py]) => window.__vertebase.voxelByCornerstone(p, px, py), [
          plane,
          x + 31,
          y - 17,
        ] as const);
        const again = await harness.pageOf(plane, seen);
        expect(Math.hypot(again.x - x - 31, again.y - y + 17)).toBeLessThan(0.5);
        const inside = (
          [
            [0, 0],
            [2, 2],
            [-2, 2],
            [2, -2],
          ] as const
        ).map(([a, b]) => shifted(plane, [7, 7, 7], a, b));
        const around = (
          [
            [5, 0],
            [0, 5],
            [-5, 0],
            [0, -5],
          ] as const
        ).map(([a, b]) => shifted(plane, [7, 7, 7], a, b));
        const brightness = (await harness.pixels(plane, [...inside, ...around])).map(([red]) => red);
        expect(Math.min(...brightness.slice(0, inside.length))).toBeGreaterThan(240);
        expect(Math.max(...brightness.slice(inside.length))).toBeLessThan(200);
      }
    });

    for (const plane of PLANES) {
      test(`paints in the ${plane} plane, in one slice only, and undoes it exactly`, asOften(plane), async () => {
        await harness.centreOn(centre);
        await harness.set({ tool: "circle", radiusMm: 3, label: 22 });
        const loaded = await harness.digest();
        await harness.keepCopy();
        const way = [shifted(plane, centre, -4, 0), centre, shifted(plane, centre, 2, 3)];
        await harness.drag(plane, way);
        const changed = await harness.changedVoxels();
        expect(changed.length).toBeGreaterThan(20);
        expect(new Set(changed.map(({ voxel }) => voxel[AXIS[plane]]))).toEqual(new Set([centre[AXIS[plane]]]));
        expect(changed.every(({ from, to }) => from === 0 && to === 22)).toBe(true);
        for (const voxel of way) expect(await harness.label(voxel)).toBe(22);
        // What was painted is seen where it was painted: green of L3 over grey.
        const [[red, green] = [0, 0]] = await harness.pixels(plane, [centre]);
        expect(green - red).toBeGreaterThan(25);
        const painted = await harness.digest();
        expect(await harness.undo()).toBe(true);
        expect(await harness.digest()).toBe(loaded);
        expect(await harness.redo()).toBe(true);
        expect(await harness.digest()).toBe(painted);
      });

      test(`a sphere in the ${plane} plane is round in mm`, asOften(plane), async () => {
        await harness.centreOn(centre);
        await harness.set({ tool: "sphere", radiusMm: SPHERE_MM, label: 22, over: "background" });
        await harness.keepCopy();
        await harness.drag(plane, [centre]);
        const changed = await harness.changedVoxels();
        const extents = [0, 1, 2].map((axis) =>
          Math.max(...changed.map(({ voxel }) => Math.abs((voxel[axis] ?? 0) - (centre[axis] ?? 0)))),
        );
        const spacing = fixture === "straight" ? [1.5, 1.5, 1.5] : [0.9, 1.2, 2.6];
        extents.forEach((extent, axis) => expect(extent).toBe(Math.floor(SPHERE_MM / (spacing[axis] ?? 1))));
      });

      test(`a locked vertebra in the ${plane} plane never changes; an opened one does`, asOften(plane), async () => {
        const l3 = await page.evaluate(() => {
          const { viewer } = window.harness;
          const index = viewer.mask.findIndex(
            (label, at) => label === 22 && viewer.mask[at + 1] === 22 && viewer.mask[at - 1] === 22,
          );
          return viewer.geometry.voxelOfFlatIndex(index);
        });
        await harness.centreOn(l3);
        await harness.set({ tool: "sphere", radiusMm: 8, label: 21 });
        const before = await harness.count(22);
        await harness.drag(plane, [l3, shifted(plane, l3, 3, 1)]);
        expect(await harness.count(22)).toBe(before);
        await harness.set({ tool: "erase" });
        await harness.drag(plane, [l3, shifted(plane, l3, 3, 1)]);
        expect(await harness.count(22)).toBe(before);
        await harness.set({ tool: "sphere", lock: [22, "open"] });
        await harness.drag(plane, [l3]);
        expect(await harness.count(22)).toBeLessThan(before);
        expect(await harness.label(l3)).toBe(21);
      });

      test(`erases and cuts with scissors in the ${plane} plane`, asOften(plane), async () => {
        const at = await page.evaluate(() => {
          const { viewer } = window.harness;
          return viewer.geometry.voxelOfFlatIndex(viewer.mask.indexOf(22, viewer.mask.length / 2));
        });
        await harness.centreOn(at);
        await harness.set({ tool: "erase", radiusMm: 3, label: 22 });
        const loaded = await harness.digest();
        await harness.keepCopy();
        await harness.drag(plane, [at]);
        const erased = await harness.changedVoxels();
        expect(erased.length).toBeGreaterThan(0);
        expect(erased.every(({ from, to }) => from === 22 && to === 0)).toBe(true);
        expect(await harness.label(at)).toBe(0);
        await harness.undo();
        await harness.set({ tool: "scissors" });
        await page.evaluate(() => window.harness.viewer.hand.setScissors({ mode: "erase-inside", depth: 1 }));
        await harness.drag(plane, [
          shifted(plane, at, -6, -3),
          shifted(plane, at, 6, -3),
          shifted(plane, at, 6, 3),
          shifted(plane, at, -6, 3),
        ]);
        const cut = await harness.changedVoxels();
        expect(cut.every(({ from, to }) => from === 22 && to === 0)).toBe(true);
        expect(await harness.label(at)).toBe(0);
        expect(cut.every(({ voxel }) => Math.abs(voxel[AXIS[plane]] - at[AXIS[plane]]) <= 1)).toBe(true);
        await harness.undo();
        expect(await harness.digest()).toBe(loaded);
      });
    }

    test("a gated brush paints bone only", async () => {
      await harness.centreOn([8, 8, 8]);
      await harness.set({ tool: "sphere", radiusMm: 9, label: 22, gate: [1500, 3000] });
      await harness.keepCopy();
      await harness.drag("axial", [[8, 8, 8]]);
      const changed = await harness.changedVoxels();
      expect(changed.length).toBeGreaterThan(50);
      const densities = await page.evaluate(
        (voxels) => voxels.map(([i, j, k]) => window.__vertebase.huAt(i, j, k)),
        changed.map(({ voxel }) => voxel),
      );
      expect(Math.min(...densities)).toBe(2800);
    });

    test("the wheel moves one slice, with shift the brush, and the right button zooms about its point", async () => {
      await harness.centreOn(centre);
      await harness.set({ tool: "circle", radiusMm: 4 });
      for (const plane of PLANES) {
        const { x, y } = await harness.pageOf(plane, centre);
        await page.mouse.move(x, y);
        const slice = await page.evaluate((p) => window.__vertebase.slice(p), plane);
        await page.mouse.wheel(0, 100);
        await expect.poll(() => page.evaluate((p) => Math.abs(window.__vertebase.slice(p)), plane)).not.toBe(slice);
        expect(Math.abs((await page.evaluate((p) => window.__vertebase.slice(p), plane)) - slice)).toBe(1);
        await page.mouse.wheel(0, -100);
        await expect.poll(() => page.evaluate((p) => window.__vertebase.slice(p), plane)).toBe(slice);
      }
      await page.keyboard.down("Shift");
      await page.mouse.wheel(0, -100);
      await page.keyboard.up("Shift");
      await expect.poll(() => page.evaluate(() => window.__vertebase.state().brush.radiusMm)).toBe(5);
      const { x, y } = await harness.pageOf("axial", centre);
      await page.mouse.move(x, y);
      await page.mouse.down({ button: "right" });
      await page.mouse.move(x, y - 60, { steps: 5 });
      await page.mouse.up({ button: "right" });
      const after = await harness.pageOf("axial", centre);
      expect(Math.hypot(after.x - x, after.y - y)).toBeLessThan(1);
    });
  });
}

test("opened five times over, it holds one volume and one mask", { tag: "@slow" }, async ({ browser }) => {
  const page = await browser.newPage({ viewport: VIEWPORT });
  try {
    const harness = new Harness(page);
    await harness.open(server.address, folderOf("straight"));
    const once = await page.evaluate(() => window.harness.held());
    expect(once.volumes).toBe(2);
    for (let time = 1; time < 5; time++) await page.evaluate(() => window.harness.reopen());
    expect(await page.evaluate(() => window.harness.held())).toEqual(once);
    expect(await page.locator("canvas").count()).toBe(6);
    expect(harness.errors).toEqual([]);
  } finally {
    await page.close();
  }
});
