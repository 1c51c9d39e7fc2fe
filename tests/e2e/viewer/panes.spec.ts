/** More panes than three: other masks beside the edited one, linked cameras, and shapes that the mouse can move. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test, type Page } from "@playwright/test";
import { Harness, makeFixture, startHarness, type HarnessServer } from "./harness";

const VIEWPORT = { width: 900, height: 600 };

test.use({ trace: "off" });

let server: HarnessServer;
let files: ReturnType<typeof makeFixture>;
let page: Page;
let harness: Harness;

test.beforeAll(async ({ browser }) => {
  server = await startHarness();
  files = makeFixture("oblique");
  page = await browser.newPage({ viewport: VIEWPORT });
  harness = new Harness(page);
  await harness.open(server.address, files.folder);
});
test.afterAll(async () => {
  await page.close();
  await server.close();
  files.remove();
});
test.afterEach(() => expect(harness.errors).toEqual([]));

/** The share of a pane's overlay pixels that are near a colour. */
function overlayPixels(element: string, colour: readonly [number, number, number]): Promise<number> {
  return page.evaluate(
    ([id, [r, g, b]]) => {
      const canvas = Array.from(document.querySelectorAll<HTMLCanvasElement>(`#${id} canvas`)).at(-1);
      const data =
        canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
      let count = 0;
      for (let at = 0; at < data.length; at += 4) {
        const near =
          Math.abs((data[at] ?? 0) - r) + Math.abs((data[at + 1] ?? 0) - g) + Math.abs((data[at + 2] ?? 0) - b) < 40;
        if (near && (data[at + 3] ?? 0) > 200) count++;
      }
      return count;
    },
    [element, colour] as const,
  );
}

/** The share of a pane's picture, as Cornerstone drew it, that is coloured and not grey. */
function colouredShare(element: string): Promise<number> {
  return page.evaluate((id) => {
    const canvas = document.querySelector<HTMLCanvasElement>(`#${id} canvas.cornerstone-canvas`);
    const data =
      canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
    let coloured = 0;
    for (let at = 0; at < data.length; at += 4) {
      const [r, g, b] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
      if (Math.max(r, g, b) - Math.min(r, g, b) > 12) coloured++;
    }
    return (4 * coloured) / Math.max(1, data.length);
  }, element);
}

test("a second sagittal pane shows another mask's outline, and its camera stays with the first", async () => {
  await page.evaluate(async () => {
    const { viewer } = window.harness;
    const axial = document.getElementById("axial");
    const second = document.createElement("div");
    second.id = "second";
    second.className = "plane";
    axial?.after(second);
    document.body.style.gridTemplateRows = "1fr 1fr 1fr";
    viewer.setCrosshairVisible(false);
    viewer.goToLevel(21);
    // Another rater's: the same vertebrae, one voxel further up.
    const other = new Uint8Array(viewer.mask.length);
    other.set(
      viewer.mask.subarray(0, -viewer.geometry.shape[0] * viewer.geometry.shape[1]),
      viewer.geometry.shape[0] * viewer.geometry.shape[1],
    );
    await viewer.addPane("second", "sagittal", second, {
      kind: "outlines",
      own: false,
      masks: [{ id: "other", mask: other, colour: "rgb(255 0 255)" }],
    });
  });
  await harness.drawn();
  await expect.poll(() => overlayPixels("second", [255, 0, 255])).toBeGreaterThan(100);
  expect(await overlayPixels("sagittal", [255, 0, 255])).toBe(0);
  // The edited mask, all of its levels, is in the first pane only; and hidden it is in none.
  expect(await colouredShare("second")).toBe(0);
  await expect.poll(() => colouredShare("sagittal")).toBeGreaterThan(0.01);
  await page.evaluate(() => window.harness.viewer.setMaskStyle({ visible: false }));
  await expect.poll(() => colouredShare("sagittal")).toBe(0);
  await page.evaluate(() => window.harness.viewer.setMaskStyle({ visible: true }));

  await test.step("linked: what one pane does the other does", async () => {
    const before = await page.evaluate(() => window.harness.viewer.paneViewport("second").sliceIndex);
    const box = await page.locator("#sagittal").boundingBox();
    if (!box) throw new Error("no sagittal pane");
    await page.mouse.move(box.x + 40, box.y + 40);
    await page.mouse.wheel(0, 100);
    await expect
      .poll(() => page.evaluate(() => window.harness.viewer.paneViewport("second").sliceIndex))
      .not.toBe(before);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -100);
    await page.keyboard.up("Control");
    await expect
      .poll(() =>
        page.evaluate(
          () =>
            window.harness.viewer.paneViewport("second").mmPerPixel -
            window.harness.viewer.paneViewport("sagittal").mmPerPixel,
        ),
      )
      .toBeCloseTo(0, 6);
  });

  await test.step("taken away again, nothing of it is left", async () => {
    await page.evaluate(() => {
      window.harness.viewer.removePane("second");
      document.getElementById("second")?.remove();
      window.harness.viewer.setCrosshairVisible(true);
      window.harness.viewer.resetViews();
    });
    await harness.drawn();
    expect(await page.locator("canvas").count()).toBe(6);
  });
});

test("a vertebra fills the planes, around its body; a zoom goes along in the other planes where it is linked", async () => {
  const heights = () =>
    page.evaluate(() => ["sagittal", "coronal", "axial"].map((id) => window.harness.viewer.paneViewport(id).heightMm));
  const seen = await page.evaluate(() => {
    const { viewer } = window.harness;
    viewer.zoomToLevel(21);
    const { crosshair } = window.__vertebase.state();
    return {
      label: window.__vertebase.labelAt(...crosshair),
      // From its surface, in the four directions within an axial slice.
      depths: (
        [
          [1, 0],
          [-1, 0],
          [0, 1],
          [0, -1],
        ] as const
      ).map(([a, b]) => {
        let steps = 0;
        while (window.__vertebase.labelAt(crosshair[0] + a * steps, crosshair[1] + b * steps, crosshair[2]) === 21)
          steps++;
        return steps * (a === 0 ? viewer.geometry.spacingMm[1] : viewer.geometry.spacingMm[0]);
      }),
    };
  });
  expect(seen.label).toBe(21);
  for (const depth of seen.depths) expect(depth).toBeGreaterThan(9);
  // All of it is in each plane, and takes a good part of it.
  const spans = await page.evaluate(() => {
    const box = window.harness.viewer.editor.summary.boxOf([21]);
    if (!box) throw new Error("no vertebra");
    return (["sagittal", "coronal", "axial"] as const).map((plane) => {
      const pane = document.getElementById(plane)?.getBoundingClientRect() ?? new DOMRect();
      const [a, b] = [window.__vertebase.pageOf(plane, box.low), window.__vertebase.pageOf(plane, box.high)];
      const xs = [a.x, b.x].map((x) => (x - pane.left) / pane.width);
      const ys = [a.y, b.y].map((y) => (y - pane.top) / pane.height);
      return { least: Math.min(...xs, ...ys), most: Math.max(...xs, ...ys), wide: xs, high: ys };
    });
  });
  for (const { least, most, wide, high } of spans) {
    expect(least).toBeGreaterThan(-0.01);
    expect(most).toBeLessThan(1.01);
    const taken = [wide, high].map(([from = 0, to = 0]) => Math.abs(to - from));
    expect(Math.max(...taken)).toBeGreaterThan(0.4);
  }

  const { x, y } = (await page.locator("#axial").boundingBox()) ?? { x: 0, y: 0 };
  const notch = async (): Promise<readonly number[]> => {
    const before = await heights();
    await page.mouse.move(x + 80, y + 60);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -100);
    await page.keyboard.up("Control");
    await expect.poll(async () => (await heights())[2]).toBeLessThan(before[2] ?? 0);
    return (await heights()).map((height, pane) => height / (before[pane] ?? 1));
  };
  const alone = await notch();
  expect(alone.slice(0, 2)).toEqual([1, 1]);
  await page.evaluate(() => window.harness.viewer.setZoomLinked(true));
  const [sagittal = 0, coronal = 0, axial = 0] = await notch();
  expect(axial).toBeLessThan(0.95);
  expect(sagittal).toBeCloseTo(axial, 6);
  expect(coronal).toBeCloseTo(axial, 6);
  await page.evaluate(() => {
    window.harness.viewer.setZoomLinked(false);
    window.harness.viewer.resetViews();
  });
});

test("a point of a line is dragged with the mouse, in mm and in its plane", async () => {
  const start = await page.evaluate(() => {
    const { viewer } = window.harness;
    viewer.goToLevel(21);
    const at = window.__vertebase.state().crosshair;
    const points = [at, [at[0], at[1] + 8, at[2]]].map((voxel) =>
      viewer.geometry.voxelToRasMm(voxel as [number, number, number]),
    );
    viewer.setAnnotations("lines", [
      { kind: "polyline", id: "upper", pointsRasMm: points, colour: "rgb(255 0 255)", handles: "points" },
    ]);
    window.moved = [];
    viewer.on("annotation", (event) => window.moved.push(event));
    return at;
  });
  await harness.set({ tool: "sphere", label: 21 });
  const loaded = await harness.digest();
  expect(await overlayPixels("sagittal", [255, 0, 255])).toBeGreaterThan(10);
  const from = await harness.pageOf("sagittal", start);
  const target = [start[0], start[1] - 6, start[2] + 2] as const;
  const to = await harness.pageOf("sagittal", target);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
  const last = await page.evaluate(() => {
    const event = window.moved.at(-1);
    const point = event?.pointsRasMm[0];
    return {
      phase: event?.phase,
      shape: event?.shapeId,
      handle: event?.handle,
      voxel: point ? window.harness.viewer.geometry.rasMmToVoxel(point) : [],
    };
  });
  expect(last).toMatchObject({ phase: "end", shape: "upper", handle: 0 });
  target.forEach((value, axis) => expect(last.voxel[axis]).toBeCloseTo(value, 0));
  // The brush in hand painted nothing.
  expect(await harness.digest()).toBe(loaded);

  await test.step("a distance and a Cobb angle are drawn with the mouse, in mm and degrees of the oblique grid", async () => {
    await page.evaluate(() => {
      const { viewer } = window.harness;
      viewer.setAnnotations("lines", []);
      window.drawn = [];
      viewer.on("ruler", (ruler) => window.drawn.push(ruler));
    });
    const [i, j, k] = start;
    const voxels = [
      [i, j - 8, k],
      [i, j + 8, k],
      [i, j - 8, k + 6],
      [i, j + 8, k + 2],
    ] as const;
    const [a, b, c, d] = await Promise.all(voxels.map((voxel) => harness.pageOf("sagittal", voxel)));
    const drag = async (from: typeof a, to: typeof a): Promise<void> => {
      if (!from || !to) throw new Error("nowhere");
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move(to.x, to.y, { steps: 4 });
      await page.mouse.up();
    };
    await harness.set({ tool: "length" });
    await drag(a, b);
    await harness.set({ tool: "cobb" });
    await drag(a, b);
    await drag(d, c); // the other way round
    const { drawn, spacing } = await page.evaluate(() => ({
      drawn: window.drawn,
      spacing: window.harness.viewer.geometry.spacingMm,
    }));
    expect(drawn.map(({ kind, plane }) => [kind, plane])).toEqual([
      ["length", "sagittal"],
      ["cobb", "sagittal"],
    ]);
    // A voxel's place on the page is whole pixels: half a voxel of play.
    const [from, to] = drawn[0]?.pointsRasMm ?? [];
    const length = Math.hypot(...[0, 1, 2].map((axis) => (to?.[axis] ?? 0) - (from?.[axis] ?? 0)));
    expect(Math.abs(length - 16 * spacing[1])).toBeLessThan(spacing[1]);
    const [p, q, r, s] = drawn[1]?.pointsRasMm ?? [];
    const line = (x: typeof p, y: typeof p): number[] => [0, 1, 2].map((axis) => (y?.[axis] ?? 0) - (x?.[axis] ?? 0));
    const [one, other] = [line(p, q), line(r, s)];
    const cosine =
      one.reduce((sum, value, axis) => sum + value * (other[axis] ?? 0), 0) /
      (Math.hypot(...one) * Math.hypot(...other));
    const known = Math.atan((4 * spacing[2]) / (16 * spacing[1]));
    expect(Math.abs(Math.acos(cosine) - known)).toBeLessThan(0.06);
    expect(await harness.digest()).toBe(loaded);
    await harness.set({ tool: "crosshair" });
  });
});

test("a stroke in the straightened spine paints the voxels of the oblique grid that lie under it", async () => {
  const RADIUS_MM = 5;
  await page.evaluate(() => {
    const { viewer } = window.harness;
    viewer.setAnnotations("lines", []);
    const element = document.createElement("div");
    element.id = "straight";
    element.className = "plane";
    element.style.cssText = "position: fixed; right: 0; bottom: 0; width: 360px; height: 420px";
    document.body.append(element);
    viewer.goToLevel(21);
    window.straight = window.harness.straighten(element);
  });
  await harness.drawn();
  const loaded = await harness.digest();
  await harness.set({ tool: "sphere", radiusMm: RADIUS_MM, label: 21 });
  // Places around the vertebra in hand, some behind it and some in front, all in the sheet shown.
  const start = await page.evaluate(
    () => window.__vertebase.state().levels.find(({ label }) => label === 21)?.centre ?? [0, 0, 0],
  );
  const centre = await page.evaluate((voxel) => window.straight.pageOf(voxel), start);
  if (!centre) throw new Error("no line through the centres");
  expect(Math.abs(centre.lateralMm)).toBeLessThan(1);
  await harness.keepCopy();
  for (const [dx, dy] of [
    [-90, 0],
    [60, 35],
    [0, -45],
  ] as const) {
    const at = { x: Math.round(centre.x + dx), y: Math.round(centre.y + dy) };
    const voxel = await page.evaluate(({ x, y }) => {
      const box = document.getElementById("straight")?.getBoundingClientRect();
      return window.straight.voxelAt([x - (box?.left ?? 0), y - (box?.top ?? 0)]);
    }, at);
    if (!voxel) throw new Error("beside the volume");
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await page.mouse.up();
    const changed = await harness.changedVoxels();
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.every(({ to }) => to === 21)).toBe(true);
    // All of it within the brush, in mm on the patient, and the voxel under the mouse among them unless locked.
    const distances = await page.evaluate(
      ([from, voxels]) => {
        const { geometry } = window.harness.viewer;
        const [x, y, z] = geometry.voxelToRasMm(from);
        return voxels.map((voxel) => {
          const [a, b, c] = geometry.voxelToRasMm(voxel);
          return Math.hypot(a - x, b - y, c - z);
        });
      },
      [voxel, changed.map((change) => change.voxel)] as const,
    );
    expect(Math.max(...distances)).toBeLessThanOrEqual(RADIUS_MM + 0.01);
    expect(Math.min(...distances)).toBeLessThan(2.6);
    // A locked neighbour has kept every voxel.
    expect(changed.every(({ from }) => from === 0)).toBe(true);
    await harness.undo();
    expect(await harness.digest()).toBe(loaded);
  }
});

/** The middle of the body of the vertebra in hand, in the straightened pane. */
async function bodyOnPage(): Promise<{ x: number; y: number }> {
  const centre = await page.evaluate(() => window.straight.pageOf(window.__vertebase.state().crosshair));
  if (!centre) throw new Error("no line through the centres");
  return { x: Math.round(centre.x), y: Math.round(centre.y) };
}

/** Drag in the straightened pane, in pixels from the middle of the body. */
async function dragStraight(points: readonly (readonly [number, number])[]): Promise<void> {
  const middle = await bodyOnPage();
  const [first, ...rest] = points.map(([dx, dy]) => [middle.x + dx, middle.y + dy] as const);
  if (!first) return;
  await page.mouse.move(...first);
  await page.mouse.down();
  for (const point of rest) await page.mouse.move(...point, { steps: 2 });
  await page.mouse.up();
}

test("scissors, filling, growth and the gate work in the straightened spine, and no locked vertebra changes", async () => {
  const L2 = 21;
  const loaded = await harness.digest();
  const seen = async () => {
    const { count, from, to } = await harness.changed();
    return { any: count > 0, from, to };
  };
  const box = [
    [-14, -10],
    [14, 10],
  ] as const;
  await harness.keepCopy();
  await harness.set({ label: L2, tool: "scissors" });
  await page.evaluate(() => window.harness.viewer.hand.setScissors({ outline: "rectangle", depth: 2 }));
  // From one vertebra to the next ones: only the one in hand is cut.
  await dragStraight([
    [-14, -80],
    [14, 120],
  ]);
  expect(await seen()).toEqual({ any: true, from: [L2], to: [0] });
  await harness.undo();
  await dragStraight(box);
  const hole = await harness.changedVoxels();
  expect(hole.every(({ from, to }) => from === L2 && to === 0)).toBe(true);
  const cut = await harness.digest();

  // The hole is closed again in the sheet that is shown, by voxels that were cut from it.
  await harness.set({ tool: "fill" });
  await dragStraight([[0, 0]]);
  expect(await harness.applied()).toBe(2);
  const left = await harness.changedVoxels();
  expect(left.length).toBeLessThan(hole.length);
  const places = new Set(hole.map(({ voxel }) => voxel.join()));
  expect(left.every(({ voxel, from, to }) => places.has(voxel.join()) && from === L2 && to === 0)).toBe(true);
  await harness.undo();
  expect(await harness.digest()).toBe(cut);

  // Growth through the gate, then the same outline filled with a gate that lets nothing through.
  await harness.set({ tool: "grow" });
  await page.evaluate(() =>
    window.harness.viewer.hand.setGrow({ gate: { kind: "adaptive", toleranceHu: 4000 }, reachMm: 6, depth: "volume" }),
  );
  await dragStraight([[0, 0]]);
  await expect.poll(() => harness.applied()).toBe(2);
  expect(await harness.digest()).not.toBe(cut);
  await harness.undo();
  await page.evaluate(() =>
    window.harness.viewer.hand.setScissors({ mode: "fill-inside", outline: "lasso", depth: 1 }),
  );
  await harness.set({ tool: "scissors", gate: [20_000, 30_000] });
  await dragStraight([
    [-14, -10],
    [14, -10],
    [14, 10],
    [-14, 10],
  ]);
  expect(await harness.digest()).toBe(cut);
  await harness.set({ gate: null });
  await dragStraight([
    [-14, -120],
    [14, -120],
    [14, 120],
    [-14, 120],
  ]);
  expect(await harness.changed()).toMatchObject({ from: [0, L2], to: [0, L2] });
  await harness.undo();
  await harness.undo();
  expect(await harness.digest()).toBe(loaded);

  const kept = await page.evaluate(
    ({ x, y }) => {
      const box = document.getElementById("straight")?.getBoundingClientRect();
      return window.straight.voxelAt([x - (box?.left ?? 0), y - (box?.top ?? 0)]);
    },
    await bodyOnPage(),
  );
  if (!kept) throw new Error("beside the volume");
  await page.evaluate(() => window.harness.viewer.hand.setScissors({ mode: "erase-outside", depth: "all" }));
  await dragStraight([
    [-14, -10],
    [14, -10],
    [14, 10],
    [-14, 10],
  ]);
  expect(await seen()).toEqual({ any: true, from: [L2], to: [0] });
  expect(await harness.label([Math.round(kept[0]), Math.round(kept[1]), Math.round(kept[2])])).toBe(L2);
  await harness.undo();

  // A brush with a gate: what it painted is as dense as it has to be.
  await harness.set({ tool: "sphere", radiusMm: 12, gate: [150, 3000], over: "background" });
  await dragStraight([
    [-60, 0],
    [60, 0],
  ]);
  const dense = await harness.changedVoxels();
  expect(dense.length).toBeGreaterThan(0);
  const densities = await page.evaluate(
    (voxels) => voxels.map(([i, j, k]) => window.__vertebase.huAt(i, j, k)),
    dense.map(({ voxel }) => voxel),
  );
  expect(Math.min(...densities)).toBeGreaterThanOrEqual(150);
  await harness.undo();

  // Flat cuts have no place here.
  await harness.set({ tool: "split" });
  await dragStraight([
    [-40, 0],
    [40, 0],
  ]);
  expect(await page.evaluate(() => window.__vertebase.state().preview)).toBeNull();
  expect(await page.locator("#straight").evaluate((element) => element.style.cursor)).toBe("not-allowed");
  expect(await harness.digest()).toBe(loaded);
  await page.evaluate(() => {
    window.straight.dispose();
    document.getElementById("straight")?.remove();
  });
});

test("the reader scrolls and paints before the last slab is there", async ({ browser }) => {
  const early = await browser.newPage({ viewport: VIEWPORT });
  try {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const index = JSON.parse(readFileSync(path.join(files.folder, "index.json"), "utf8")) as {
      slabs: { sha256: string }[];
    };
    const late = new Set(index.slabs.slice(1).map(({ sha256 }) => sha256));
    expect(late.size, "slabs of the fixture").toBeGreaterThan(0);
    await early.route("**/fixture/*", async (route) => {
      const name = path.basename(new URL(route.request().url()).pathname);
      if (late.has(name)) await gate;
      await route.fulfill({
        body: readFileSync(path.join(files.folder, name)),
        contentType: "application/octet-stream",
      });
    });
    await early.goto(server.address);
    await early.waitForSelector("body[data-ready]", { timeout: 120_000 });
    const other = new Harness(early);
    await other.set({ tool: "sphere", radiusMm: 4, label: 22, over: "background" });
    const [i, j, k] = await early.evaluate(() => window.__vertebase.state().crosshair);
    const box = await early.locator("#axial").boundingBox();
    if (!box) throw new Error("no axial pane");
    await early.mouse.move(box.x + 30, box.y + box.height / 2);
    await early.mouse.wheel(0, 100);
    await expect.poll(() => early.evaluate(() => window.__vertebase.slice("axial"))).not.toBe(k);
    await other.drag("sagittal", [[i, j + 30, k]]);
    expect(await other.applied()).toBe(1);
    const unfinished = await early.evaluate(() => window.__vertebase.state().loading);
    expect(unfinished.loaded).toBeLessThan(unfinished.total);
    const painted = await other.digest();
    release();
    await early.waitForFunction(
      () => window.__vertebase.state().loading.loaded === window.__vertebase.state().loading.total,
    );
    expect(await other.digest()).toBe(painted);
  } finally {
    await early.close();
  }
});
