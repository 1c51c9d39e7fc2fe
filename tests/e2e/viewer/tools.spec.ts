/** The tools beyond the brush, with a real mouse in every plane of an oblique anisotropic volume, read back by voxel. */
import { expect, test, type Page } from "@playwright/test";
import {
  AXIS,
  Harness,
  PLANES,
  makeFixture,
  startHarness,
  type HarnessServer,
  type Plane,
  type Voxel,
} from "./harness";

const VIEWPORT = { width: 900, height: 600 };
const SPACING = [0.9, 1.2, 2.6] as const;
const [L2, L3, L4, T13] = [21, 22, 23, 28];

test.use({ trace: "off" });

let server: HarnessServer;
let files: ReturnType<typeof makeFixture>;
let page: Page;
let harness: Harness;
/** In the body of L3. */
let inside: Voxel;

test.beforeAll(async ({ browser }) => {
  server = await startHarness();
  files = makeFixture("oblique");
  page = await browser.newPage({ viewport: VIEWPORT });
  harness = new Harness(page);
  await harness.open(server.address, files.folder, "processor");
  inside = await page.evaluate((label) => {
    const { viewer } = window.harness;
    const reach = [-3, 0, 3];
    const isDeep = ([i, j, k]: readonly [number, number, number]): boolean =>
      reach.every((a) =>
        reach.every((b) => [-1, 0, 1].every((c) => window.__vertebase.labelAt(i + a, j + b, k + c) === label)),
      );
    for (let at = viewer.mask.indexOf(label); at >= 0; at = viewer.mask.indexOf(label, at + 1)) {
      const voxel = viewer.geometry.voxelOfFlatIndex(at);
      if (isDeep(voxel)) return voxel;
    }
    throw new Error("L3 is nowhere thick");
  }, L3);
});
test.afterAll(async () => {
  await page.close();
  await server.close();
  files.remove();
});
test.beforeEach(async () => {
  await harness.reset();
  await harness.set({ label: L3 });
  await harness.centreOn(inside);
  await harness.keepCopy();
});
test.afterEach(() => expect(harness.errors).toEqual([]));

/** A voxel moved along the two axes of a plane. */
function shifted(plane: Plane, [i, j, k]: Voxel, a: number, b: number): Voxel {
  if (plane === "sagittal") return [i, j + a, k + b];
  return plane === "coronal" ? [i + a, j, k + b] : [i + a, j + b, k];
}

const state = <T>(read: string): Promise<T> => page.evaluate(`window.__vertebase.state().${read}`);

/** The opposite corners of a vertebra's outline in the slice through a voxel, a little outside of it. */
function around(plane: Plane, at: Voxel, label: number): Promise<[Voxel, Voxel]> {
  const axis = AXIS[plane];
  return page.evaluate(
    ({ axis, slice, label }) => {
      const { viewer } = window.harness;
      const low = [Infinity, Infinity, Infinity] as [number, number, number];
      const high = [0, 0, 0] as [number, number, number];
      viewer.mask.forEach((value, index) => {
        const voxel = value === label ? viewer.geometry.voxelOfFlatIndex(index) : null;
        if (voxel?.[axis] !== slice) return;
        for (const n of [0, 1, 2] as const)
          [low[n], high[n]] = [Math.min(low[n], voxel[n]), Math.max(high[n], voxel[n])];
      });
      const out = (corner: Voxel, by: number): Voxel =>
        corner.map((value, n) =>
          n === axis ? slice : Math.min((viewer.geometry.shape[n] ?? 1) - 0.7, Math.max(-0.3, value + by)),
        ) as unknown as Voxel;
      return [out(low, -0.7), out(high, 0.7)] as [Voxel, Voxel];
    },
    { axis, slice: at[axis], label },
  );
}

/** Background on all sides, in the slices through the vertebra in hand: room for islands. */
function freePlaces(count: number): Promise<Voxel[]> {
  return page.evaluate((wanted) => {
    const { viewer } = window.harness;
    const [nx, ny, nz] = viewer.geometry.shape;
    const found: [number, number, number][] = [];
    const isFree = (i: number, j: number, k: number): boolean => {
      for (let x = i - 4; x <= i + 4; x++)
        for (let y = j - 4; y <= j + 4; y++)
          for (let z = k - 2; z <= k + 2; z++) if (window.__vertebase.labelAt(x, y, z) !== 0) return false;
      return true;
    };
    for (let k = 8; k < nz - 8; k += 6)
      for (let j = 14; j < ny - 14; j += 10)
        for (let i = 14; i < nx - 14; i += 10) if (found.length < wanted && isFree(i, j, k)) found.push([i, j, k]);
    return found;
  }, count);
}

for (const plane of PLANES) {
  const axis = AXIS[plane];
  const others = ([0, 1, 2] as const).filter((other) => other !== axis);

  test(`a rectangle cuts what it encloses in the ${plane} plane, and all vertebrae where that is wanted`, async () => {
    await harness.set({ tool: "scissors" });
    await page.evaluate(() => window.harness.viewer.hand.setScissors({ outline: "rectangle" }));
    await harness.drag(plane, [shifted(plane, inside, -2.4, -1.4), shifted(plane, inside, 2.4, 1.4)]);
    const cut = await harness.changedVoxels();
    expect(cut.length).toBe(5 * 3);
    expect(cut.every(({ from, to }) => from === L3 && to === 0)).toBe(true);
    expect(new Set(cut.map(({ voxel }) => voxel[axis]))).toEqual(new Set([inside[axis]]));
    await harness.undo();
    await page.evaluate(() => window.harness.viewer.hand.setScissors({ depth: "all", mode: "erase-outside" }));
    await page.evaluate(() => window.harness.viewer.setScope("all"));
    await harness.set({ lock: [L4, "locked"] });
    const locked = await harness.count(L4);
    await harness.drag(plane, [shifted(plane, inside, -2.4, -1.4), shifted(plane, inside, 2.4, 1.4)]);
    expect(await harness.count(L4)).toBe(locked);
    expect(await harness.changed()).toMatchObject({ from: [L2, L3], to: [0] });
  });

  test(`an outline in the ${plane} plane fills from node to node, one of them dragged, and is copied on`, async () => {
    const at = async (a: number, b: number): Promise<{ x: number; y: number }> =>
      page.evaluate(([p, voxel]) => window.__vertebase.pageOf(p, voxel), [
        plane,
        shifted(plane, inside, a, b),
      ] as const);
    const click = async (a: number, b: number): Promise<void> => {
      const { x, y } = await at(a, b);
      await page.mouse.click(x, y);
    };
    await page.evaluate(() => window.harness.viewer.zoomToLevel(window.harness.viewer.getState().activeLabel));
    await harness.centreOn(inside);
    await page.evaluate((moves) => window.harness.viewer.relabel(new Map(moves), "Make room"), [[L3, 0]] as [
      number,
      number,
    ][]);
    await harness.keepCopy();
    const before = await harness.applied();
    await harness.set({ tool: "contour" });
    await page.evaluate(() => window.harness.viewer.hand.setContourWay("polygon"));
    await click(-4.5, -2.5);
    await click(4.5, -2.5);
    await click(9.5, 2.5);
    await click(-4.5, 2.5);
    await expect.poll(() => state<number>("contourNodes")).toBe(4);
    const [from, to] = [await at(9.5, 2.5), await at(4.5, 2.5)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 4 });
    await page.mouse.up();
    expect(await harness.applied()).toBe(before);
    await click(-4.5, -2.5); // the first node again
    await expect.poll(() => harness.applied()).toBe(before + 1);
    const filled = await harness.changedVoxels();
    expect(filled.length).toBe(9 * 5);
    expect(
      filled.every(({ voxel, from: was, to: now }) => voxel[axis] === inside[axis] && was === 0 && now === L3),
    ).toBe(true);

    await page.evaluate((p) => window.harness.viewer.copySlice(p, 1), plane);
    expect(await harness.applied()).toBe(before + 2);
    expect(await page.evaluate((p) => window.__vertebase.slice(p), plane)).toBe(inside[axis] + 1);
    const both = await harness.changedVoxels();
    expect(both.length).toBe(2 * 9 * 5);
    expect(new Set(both.map(({ voxel }) => voxel[axis]))).toEqual(new Set([inside[axis], inside[axis] + 1]));
    await harness.undo();
    expect((await harness.changedVoxels()).length).toBe(9 * 5);

    // Along edges, around what is left of it: a double click closes.
    await harness.centreOn(inside);
    await harness.undo();
    await page.evaluate(() => window.harness.viewer.hand.setContourWay("livewire"));
    await click(-8, -3);
    await click(8, -3);
    await click(8, 3);
    const last = await at(-8, 3);
    await page.mouse.dblclick(last.x, last.y);
    await expect.poll(() => harness.applied()).toBe(before + 1);
    expect(await harness.changed()).toMatchObject({ from: [0], to: [L3] });
    expect(await state<number>("contourNodes")).toBe(0);
  });

  test(`growing from a click in the ${plane} plane stays in its range and reach`, async () => {
    // Bone that is labelled already cannot be taken: a place is made first.
    await page.evaluate((moves) => window.harness.viewer.relabel(new Map(moves), "Make room"), [[L3, 0]] as [
      number,
      number,
    ][]);
    await harness.keepCopy();
    await harness.set({ tool: "grow" });
    await page.evaluate(() =>
      window.harness.viewer.hand.setGrow({ gate: { kind: "adaptive", toleranceHu: 120 }, reachMm: 9, depth: "slice" }),
    );
    const before = await harness.applied();
    await harness.drag(plane, [inside]);
    await expect.poll(() => harness.applied()).toBe(before + 1);
    const grown = await harness.changedVoxels();
    expect(grown.length).toBeGreaterThan(10);
    expect(new Set(grown.map(({ voxel }) => voxel[axis]))).toEqual(new Set([inside[axis]]));
    const clicked = await page.evaluate(([i, j, k]) => window.__vertebase.huAt(i, j, k), inside);
    const densities = await page.evaluate(
      (voxels) => voxels.map(([i, j, k]) => window.__vertebase.huAt(i, j, k)),
      grown.map(({ voxel }) => voxel),
    );
    expect(Math.max(...densities.map((hu) => Math.abs(hu - clicked)))).toBeLessThanOrEqual(120);
    const farthest = Math.max(
      ...grown.map(({ voxel }) =>
        Math.hypot(...voxel.map((value, n) => (value - (inside[n] ?? 0)) * (SPACING[n] ?? 1))),
      ),
    );
    expect(farthest).toBeLessThanOrEqual(9);
    await harness.undo();
    await page.evaluate(() => window.harness.viewer.hand.setGrow({ depth: "volume" }));
    await harness.drag(plane, [inside]);
    await expect.poll(() => harness.applied()).toBe(before + 1);
    expect((await harness.changed()).count).toBeGreaterThan(grown.length);
  });

  test(`a line in the ${plane} plane splits a vertebra after it was shown`, async () => {
    await harness.set({ tool: "split" });
    await page.evaluate((label) => window.harness.viewer.hand.setSplitTarget(label), T13);
    const loaded = await harness.digest();
    await harness.drag(plane, [shifted(plane, inside, -25, 0.5), shifted(plane, inside, 25, 0.5)]);
    await expect.poll(() => state<unknown>("preview")).not.toBeNull();
    expect(await harness.label(inside)).toBe(L3);
    await page.evaluate(() => window.harness.viewer.editor.cancelPreview());
    expect(await harness.digest()).toBe(loaded);
    await harness.drag(plane, [shifted(plane, inside, -25, 0.5), shifted(plane, inside, 25, 0.5)]);
    await expect.poll(() => state<unknown>("preview")).not.toBeNull();
    const shown = await state<{ added: number }>("preview");
    await page.evaluate(() => window.harness.viewer.editor.acceptPreview());
    const parted = await harness.changed();
    expect(parted).toMatchObject({ count: shown.added, from: [L3], to: [T13] });
    expect(parted.count).toBeGreaterThan(50);
    // All of the part lies on one side of the line, in every slice.
    const [, side = 2] = others;
    expect(parted.high[side] < inside[side] + 0.5 || parted.low[side] > inside[side] + 0.5).toBe(true);
    expect(parted.high[axis] - parted.low[axis]).toBeGreaterThan(3);
    await harness.undo();
    expect(await harness.digest()).toBe(loaded);
  });

  test(`filling in the ${plane} plane closes a hole in one slice, and refuses what is open`, async () => {
    await harness.set({ tool: "erase", radiusMm: 1.5 });
    const loaded = await harness.digest();
    await harness.drag(plane, [inside]);
    const hole = await harness.changedVoxels();
    expect(hole.length).toBeGreaterThan(1);
    expect(new Set(hole.map(({ voxel }) => voxel[axis]))).toEqual(new Set([inside[axis]]));
    await harness.set({ tool: "fill" });
    await harness.drag(plane, [inside]);
    expect(await harness.digest()).toBe(loaded);
    const before = await harness.applied();
    const [outside = inside] = await freePlaces(1);
    await harness.centreOn(outside);
    await harness.drag(plane, [outside]);
    expect(await harness.applied()).toBe(before);
    expect(await harness.digest()).toBe(loaded);
  });

  test(`a slice that was cut out in the ${plane} plane is interpolated: shown first, then made`, async () => {
    await harness.set({ tool: "scissors" });
    await page.evaluate(() => window.harness.viewer.hand.setScissors({ outline: "rectangle" }));
    await harness.drag(plane, await around(plane, inside, L3));
    const cut = await harness.changedVoxels();
    expect(cut.length).toBeGreaterThan(60);
    expect(cut.every(({ voxel, from, to }) => voxel[axis] === inside[axis] && from === L3 && to === 0)).toBe(true);
    const gap = await harness.digest();
    const interpolate = (): Promise<boolean> =>
      page.evaluate(
        (n) =>
          window.harness.viewer.operate({
            operation: { kind: "interpolate", axis: n },
            name: "Interpolate L3",
            preview: true,
          }),
        axis,
      );
    expect(await interpolate()).toBe(true);
    expect(await harness.label(inside)).toBe(0);
    await page.evaluate(() => window.harness.viewer.editor.cancelPreview());
    expect(await harness.digest()).toBe(gap);
    expect(await interpolate()).toBe(true);
    await page.evaluate(() => window.harness.viewer.editor.acceptPreview());
    expect(await harness.label(inside)).toBe(L3);
    // What is not as it was: a border here and there, in that slice only.
    const differs = await harness.changedVoxels();
    expect(differs.length).toBeLessThan(cut.length * 0.35);
    expect(
      differs.every(
        ({ voxel, from, to }) =>
          voxel[axis] === inside[axis] && [from, to].every((label) => label === 0 || label === L3),
      ),
    ).toBe(true);
    await harness.undo();
    expect(await harness.digest()).toBe(gap);
  });

  test(`islands painted in the ${plane} plane go from all vertebrae at once, not from a locked one`, async () => {
    const loaded = await harness.digest();
    const places = await freePlaces(3);
    for (const [order, label] of [L2, L3, L4].entries()) {
      const place = places[order] ?? inside;
      await harness.centreOn(place);
      await harness.set({ tool: "circle", radiusMm: 2, label });
      await harness.drag(plane, [place]);
    }
    const labelsThere = (): Promise<number[]> => Promise.all(places.map((place) => harness.label(place)));
    expect(await labelsThere()).toEqual([L2, L3, L4]);
    await harness.set({ lock: [L4, "locked"] });
    const before = await harness.applied();
    expect(
      await page.evaluate(() =>
        window.harness.viewer.operate({
          operation: { kind: "remove-small", minimumMm3: 400 },
          name: "Remove islands",
          scope: "all",
        }),
      ),
    ).toBe(true);
    expect(await harness.applied()).toBe(before + 1);
    expect(await labelsThere()).toEqual([0, 0, L4]);
    for (let step = 0; step < 4; step++) await harness.undo();
    expect(await harness.digest()).toBe(loaded);
  });
}

test("an operation on all vertebrae that is cancelled leaves the mask, and the next one works", async () => {
  const loaded = await harness.digest();
  const smooth = { operation: { kind: "smooth", sigmaMm: 3 }, name: "Smooth all", scope: "all" };
  const seen = await page.evaluate(async (request) => {
    const { viewer } = window.harness;
    const done = viewer.operate(request);
    const busy = window.__vertebase.state().busy?.name ?? null;
    viewer.desk.cancel();
    return { busy, done: await done, after: window.__vertebase.state().busy };
  }, smooth);
  expect(seen).toEqual({ busy: smooth.name, done: false, after: null });
  expect(await harness.digest()).toBe(loaded);
  expect(await page.evaluate((request) => window.harness.viewer.operate(request), smooth)).toBe(true);
  expect(await harness.changed()).toMatchObject({ from: [0, L2, L3, L4], to: [0, L2, L3, L4] });
  await harness.undo();
  expect(await harness.digest()).toBe(loaded);
});

test("what is shown before it is made is drawn over the mask, and the mask does not hold it", async () => {
  const loaded = await harness.digest();
  const [before] = await harness.pixels("sagittal", [inside]);
  const erase = { operation: { kind: "exclude-above", hu: -2000 }, name: "Empty L3", preview: true };
  expect(await page.evaluate((request) => window.harness.viewer.operate(request), erase)).toBe(true);
  await harness.drawn();
  expect(await harness.digest(), "handed in now, it is what the server has").toBe(loaded);
  const colours = () =>
    page.evaluate(() => {
      const overlay = Array.from(document.querySelectorAll<HTMLCanvasElement>("canvas"));
      return overlay.some((canvas) => {
        const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {
          data: [] as number[],
        };
        for (let at = 0; at < data.length; at += 4)
          if (data[at] === 255 && Math.abs((data[at + 1] ?? 0) - 70) < 4 && Math.abs((data[at + 2] ?? 0) - 70) < 4)
            return true;
        return false;
      });
    });
  await expect.poll(colours, "voxels that would go, in red").toBe(true);
  await page.evaluate(() => window.harness.viewer.editor.cancelPreview());
  await harness.drawn();
  await expect.poll(colours).toBe(false);
  expect(await harness.pixels("sagittal", [inside])).toEqual([before]);
});

test("another tool or vertebra in the middle of a stroke keeps what was painted, and of an outline nothing", async () => {
  const loaded = await harness.digest();
  const name = (): Promise<string | undefined> => page.evaluate(() => window.__vertebase.state().history.at(-1)?.name);
  const begin = async (): Promise<void> => {
    const from = await page.evaluate((voxel) => window.__vertebase.pageOf("sagittal", voxel), inside);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 50, from.y + 40, { steps: 5 });
  };
  for (const change of ["tool", "vertebra"] as const) {
    const before = await harness.applied();
    await harness.set({ tool: "sphere", radiusMm: 4, label: L3 });
    await begin();
    await harness.set(change === "tool" ? { tool: "crosshair" } : { label: L4 });
    const kept = await harness.digest();
    expect(await harness.applied()).toBe(before + 1);
    expect(await name()).toBe("Paint 3D L3");
    await page.mouse.move(10, 10, { steps: 4 });
    await page.mouse.up();
    expect(await harness.digest(), "nothing more is painted until the button is pressed again").toBe(kept);
    expect(kept).not.toBe(loaded);
    await harness.undo();
    expect(await harness.digest()).toBe(loaded);
  }
  for (const change of ["tool", "vertebra"] as const) {
    await harness.set({ tool: "scissors", label: L3 });
    await begin();
    await harness.set(change === "tool" ? { tool: "circle" } : { label: L4 });
    await page.mouse.up();
    expect(await harness.digest()).toBe(loaded);
  }
});
