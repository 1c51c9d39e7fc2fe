/** The tools beyond the brush, with a real mouse in the sagittal plane of an oblique anisotropic volume, read back by voxel. */
import { expect, test, type Page } from "@playwright/test";
import { AXIS, Harness, makeFixture, startHarness, type HarnessServer, type Plane, type Voxel } from "./harness";

const VIEWPORT = { width: 900, height: 600 };
const START_MS = 240_000;
const SPACING = [0.9, 1.2, 2.6] as const;
const [L3, L4, T13] = [22, 23, 28];

test.use({ trace: "off" });
test.describe.configure({ timeout: 120_000 });

let server: HarnessServer;
let files: ReturnType<typeof makeFixture>;
let page: Page;
let harness: Harness;
/** In the body of L3. */
let inside: Voxel;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(START_MS);
  server = await startHarness();
  files = makeFixture("oblique");
  page = await browser.newPage({ viewport: VIEWPORT });
  harness = new Harness(page);
  await harness.open(server.address, files.folder);
  inside = await page.evaluate((label) => {
    const { viewer } = window.harness;
    const reach = [-3, 0, 3];
    const isDeep = ([i, j, k]: readonly [number, number, number]): boolean =>
      reach.every((a) => reach.every((b) => [-1, 0, 1].every((c) => window.__vertebase.labelAt(i + a, j + b, k + c) === label)));
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

for (const plane of ["sagittal"] as const) {
  const axis = AXIS[plane];
  const others = ([0, 1, 2] as const).filter((other) => other !== axis);

  test(`a rectangle cuts what it encloses in the ${plane} plane, and all vertebrae where that is wanted`, async () => {
    await harness.set({ tool: "scissors" });
    await page.evaluate(() => window.harness.viewer.setScissors({ outline: "rectangle" }));
    await harness.drag(plane, [shifted(plane, inside, -2.4, -1.4), shifted(plane, inside, 2.4, 1.4)]);
    const cut = await harness.changedVoxels();
    expect(cut.length).toBe(5 * 3);
    expect(cut.every(({ from, to }) => from === L3 && to === 0)).toBe(true);
    expect(new Set(cut.map(({ voxel }) => voxel[axis]))).toEqual(new Set([inside[axis]]));
    await harness.undo();
    await page.evaluate(() => window.harness.viewer.setScissors({ depth: "all", mode: "erase-outside" }));
    await page.evaluate(() => window.harness.viewer.setScope("all"));
    await harness.set({ lock: [L4, "locked"] });
    const locked = await harness.count(L4);
    await harness.drag(plane, [shifted(plane, inside, -2.4, -1.4), shifted(plane, inside, 2.4, 1.4)]);
    expect(await harness.count(L4)).toBe(locked);
    const rest = await harness.changedVoxels();
    expect(new Set(rest.map(({ from }) => from))).toEqual(new Set([21, L3]));
  });

  test(`growing from a click in the ${plane} plane stays in its range and reach`, async () => {
    // Bone that is labelled already cannot be taken: a place is made first.
    await page.evaluate((moves) => window.harness.viewer.relabel(new Map(moves), "Make room"), [[L3, 0]] as [number, number][]);
    await harness.keepCopy();
    await harness.set({ tool: "grow" });
    await page.evaluate(() => window.harness.viewer.setGrow({ gate: { kind: "adaptive", toleranceHu: 120 }, reachMm: 9, depth: "slice" }));
    const before = await harness.applied();
    await harness.drag(plane, [inside]);
    await expect.poll(() => harness.applied()).toBe(before + 1);
    const grown = await harness.changedVoxels();
    expect(grown.length).toBeGreaterThan(10);
    expect(new Set(grown.map(({ voxel }) => voxel[axis]))).toEqual(new Set([inside[axis]]));
    const clicked = await page.evaluate(([i, j, k]) => window.__vertebase.huAt(i, j, k), inside);
    const densities = await page.evaluate((voxels) => voxels.map(([i, j, k]) => window.__vertebase.huAt(i, j, k)), grown.map(({ voxel }) => voxel));
    expect(Math.max(...densities.map((hu) => Math.abs(hu - clicked)))).toBeLessThanOrEqual(120);
    const farthest = Math.max(...grown.map(({ voxel }) => Math.hypot(...voxel.map((value, n) => (value - (inside[n] ?? 0)) * (SPACING[n] ?? 1)))));
    expect(farthest).toBeLessThanOrEqual(9);
    await harness.undo();
    await page.evaluate(() => window.harness.viewer.setGrow({ depth: "volume" }));
    await harness.drag(plane, [inside]);
    await expect.poll(() => harness.applied()).toBe(before + 1);
    expect((await harness.changedVoxels()).length).toBeGreaterThan(grown.length);
  });

  test(`a line in the ${plane} plane splits a vertebra after it was shown`, async () => {
    await harness.set({ tool: "split" });
    await page.evaluate((label) => window.harness.viewer.setSplitTarget(label), T13);
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
    const parted = await harness.changedVoxels();
    expect(parted.length).toBe(shown.added);
    expect(parted.length).toBeGreaterThan(50);
    expect(parted.every(({ from, to }) => from === L3 && to === T13)).toBe(true);
    // All of the part lies on one side of the line, in every slice; none of the rest does.
    const [, side = 2] = others;
    const sides = parted.map(({ voxel }) => Math.sign(voxel[side] - inside[side] - 0.5));
    expect(new Set(sides).size).toBe(1);
    expect(new Set(parted.map(({ voxel }) => voxel[axis])).size).toBeGreaterThan(3);
    await harness.undo();
    expect(await harness.digest()).toBe(loaded);
  });
}
