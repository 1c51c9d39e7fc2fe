/** More panes than three: other masks beside the edited one, linked cameras, and shapes that the mouse can move. */
import { expect, test, type Page } from "@playwright/test";
import { Harness, makeFixture, startHarness, type HarnessServer } from "./harness";

const VIEWPORT = { width: 900, height: 600 };
const START_MS = 240_000;

test.use({ trace: "off" });
test.describe.configure({ timeout: START_MS });

let server: HarnessServer;
let files: ReturnType<typeof makeFixture>;
let page: Page;
let harness: Harness;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(START_MS);
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
      const data = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
      let count = 0;
      for (let at = 0; at < data.length; at += 4) {
        const near = Math.abs((data[at] ?? 0) - r) + Math.abs((data[at + 1] ?? 0) - g) + Math.abs((data[at + 2] ?? 0) - b) < 40;
        if (near && (data[at + 3] ?? 0) > 200) count++;
      }
      return count;
    },
    [element, colour] as const,
  );
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
    other.set(viewer.mask.subarray(0, -viewer.geometry.shape[0] * viewer.geometry.shape[1]), viewer.geometry.shape[0] * viewer.geometry.shape[1]);
    await viewer.addPane("second", "sagittal", second, { kind: "outlines", own: false, masks: [{ id: "other", mask: other, colour: "rgb(255 0 255)" }] });
  });
  await harness.drawn();
  await expect.poll(() => overlayPixels("second", [255, 0, 255])).toBeGreaterThan(100);
  expect(await overlayPixels("sagittal", [255, 0, 255])).toBe(0);

  await test.step("linked: what one pane does the other does", async () => {
    const before = await page.evaluate(() => window.harness.viewer.paneViewport("second").sliceIndex);
    const box = await page.locator("#sagittal").boundingBox();
    if (!box) throw new Error("no sagittal pane");
    await page.mouse.move(box.x + 40, box.y + 40);
    await page.mouse.wheel(0, 100);
    await expect.poll(() => page.evaluate(() => window.harness.viewer.paneViewport("second").sliceIndex)).not.toBe(before);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -100);
    await page.keyboard.up("Control");
    await expect
      .poll(() => page.evaluate(() => window.harness.viewer.paneViewport("second").mmPerPixel - window.harness.viewer.paneViewport("sagittal").mmPerPixel))
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

test("a point of a line is dragged with the mouse, in mm and in its plane", async () => {
  const start = await page.evaluate(() => {
    const { viewer } = window.harness;
    viewer.goToLevel(21);
    const at = window.__vertebase.state().crosshair;
    const points = [at, [at[0], at[1] + 8, at[2]]].map((voxel) => viewer.geometry.voxelToRasMm(voxel as [number, number, number]));
    viewer.setAnnotations("lines", [{ kind: "polyline", id: "upper", pointsRasMm: points, colour: "rgb(255 0 255)", handles: "points" }]);
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
    return { phase: event?.phase, shape: event?.shapeId, handle: event?.handle, voxel: point ? window.harness.viewer.geometry.rasMmToVoxel(point) : [] };
  });
  expect(last).toMatchObject({ phase: "end", shape: "upper", handle: 0 });
  target.forEach((value, axis) => expect(last.voxel[axis]).toBeCloseTo(value, 0));
  // The brush in hand painted nothing.
  expect(await harness.digest()).toBe(loaded);
});
