/** Without a graphics card the processor draws the planes: the same picture, of the same voxels. */
import { expect, test, type Browser } from "@playwright/test";
import { Harness, makeFixture, PLANES, startHarness, type Drawing, type HarnessServer, type Plane } from "./harness";

/** Greys and colours differ by rounding, and where a line or an edge falls between two pixels. */
const ALIKE = 24;
const MOST_UNLIKE = 0.03;
/** A slab ends between two layers: there Cornerstone reads between them, the processor takes whole layers. */
const MOST_UNLIKE_SLAB = 0.06;

let server: HarnessServer;
let files: ReturnType<typeof makeFixture>;
test.beforeAll(async () => {
  files = makeFixture("oblique");
  server = await startHarness();
});
test.afterAll(async () => {
  await server.close();
  files.remove();
});

type Pictures = Readonly<Record<Plane, readonly number[]>>;
type Steps = Readonly<Record<string, Pictures>>;

/** Red, green and blue of every fourth pixel in every fourth row of each plane. */
function pictures(harness: Harness): Promise<Pictures> {
  return harness.page.evaluate((planes) => {
    const of = (plane: string): number[] => {
      const canvas = document.querySelector<HTMLCanvasElement>(
        `#${plane} :is(canvas.cornerstone-canvas, canvas.plane-picture)`,
      );
      const context = canvas?.getContext("2d");
      if (!canvas || !context) throw new Error(`nothing is drawn in the ${plane} plane`);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const found: number[] = [];
      for (let y = 0; y < canvas.height; y += 4)
        for (let x = 0; x < canvas.width; x += 4)
          for (const channel of [0, 1, 2]) found.push(data[4 * (y * canvas.width + x) + channel] ?? 0);
      return found;
    };
    return Object.fromEntries(planes.map((plane) => [plane, of(plane)])) as Record<Plane, number[]>;
  }, PLANES);
}

/** What is seen, one thing after the other. */
async function walk(browser: Browser, drawing: Drawing): Promise<Steps> {
  const page = await browser.newPage();
  const harness = new Harness(page);
  await harness.open(server.address, files.folder, drawing);
  const steps: Record<string, Pictures> = {};
  const look = async (name: string, act: () => Promise<unknown>): Promise<void> => {
    await act();
    await harness.drawn();
    steps[name] = await pictures(harness);
  };
  await look("at the start", () => harness.centreOn([70, 60, 26]));
  await look("zoomed in, elsewhere", () =>
    page.evaluate(() => {
      const { viewer } = window.harness;
      viewer.paneViewport("sagittal").setHeightMm(60);
      viewer.centreOn([60, 70, 20]);
    }),
  );
  await look("in another window", () =>
    page.evaluate(() => window.harness.viewer.setWindow({ centre: 150, width: 900 })),
  );
  for (const blend of ["max", "mean"])
    await look(`as a slab of 10 mm, ${blend}`, () =>
      page.evaluate((how) => window.harness.viewer.slab.set({ thicknessMm: 10, blend: how }), blend),
    );
  await look("as a slice again", () => page.evaluate(() => window.harness.viewer.slab.set({ thicknessMm: 0 })));
  await look("with one vertebra hidden", () =>
    page.evaluate(() => window.harness.viewer.setLabelVisible(window.harness.viewer.getState().activeLabel, false)),
  );
  await look("without the mask", () => page.evaluate(() => window.harness.viewer.setMaskStyle({ visible: false })));
  await look("after the wheel", async () => {
    await page.evaluate(() => window.harness.viewer.setMaskStyle({ visible: true, look: "fill" }));
    await page.evaluate(() => window.harness.viewer.scroll("axial", 3));
  });
  await harness.set({ tool: "sphere", radiusMm: 8, label: 21 });
  await look("after a stroke", () =>
    harness.drag("axial", [
      [60, 60, 23],
      [75, 60, 23],
    ]),
  );
  expect(harness.errors).toEqual([]);
  await page.close();
  return steps;
}

/** The share of values that differ by more than rounding. */
function unlike(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return a.filter((value, at) => Math.abs(value - (b[at] ?? 0)) > ALIKE).length / a.length;
}

const TITLE = "the processor's planes look as Cornerstone's do, on an oblique volume, whatever is done";
test(TITLE, { tag: "@slow" }, async ({ browser }) => {
  const [card, processor] = [await walk(browser, "graphics"), await walk(browser, "processor")];
  const shares = Object.entries(card).flatMap(([step, seen]) =>
    PLANES.map((plane) => [`${plane} ${step}`, unlike(seen[plane], processor[step]?.[plane] ?? [])] as const),
  );
  const most = (step: string): number => (step.includes("slab") ? MOST_UNLIKE_SLAB : MOST_UNLIKE);
  expect(shares.filter(([step, share]) => share > most(step))).toEqual([]);
  // Each step is seen: a picture that stayed as it was would be as alike in both.
  const names = Object.keys(processor);
  for (const [before, after] of names.slice(1).map((name, at) => [names[at] ?? "", name] as const)) {
    for (const seen of [card, processor]) {
      const moved = PLANES.map((plane) => unlike(seen[before]?.[plane] ?? [], seen[after]?.[plane] ?? []));
      expect(Math.max(...moved), `${before}, then ${after}`).toBeGreaterThan(0.002);
    }
  }
});
