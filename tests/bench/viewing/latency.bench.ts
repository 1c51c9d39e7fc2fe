/** Drives Chromium for bench_latency.py: from the hand to the picture, ours and Cornerstone's tools in one page. */
import { writeFileSync } from "node:fs";
import { expect, test, type Page } from "@playwright/test";
import type { Input, Picture, Recorded } from "../../../frontend/harness/recorder";
import { startHarness, type HarnessServer } from "../../e2e/viewer/harness";

const FOLDER = process.env["BENCH_FIXTURE"] ?? "";
const OUT = process.env["BENCH_OUT"] ?? "";
const ROUNDS = Number(process.env["LATENCY_ROUNDS"] ?? 4);
/** No further round is begun after these. */
const SECONDS = Number(process.env["LATENCY_SECONDS"] ?? 240);
/** In each round, of each side. */
const NOTCHES = 12;
const MOVES = 20;
const SIDES = ["ours", "peer"] as const;
const PLANES = ["sagittal", "coronal", "axial"] as const;

type Side = (typeof SIDES)[number];
type Hand = "wheel" | "brush" | "livewire";

/** Milliseconds; of the pane under the pointer, of all that follows, and of the page's own work. */
interface Times {
  pane: number[];
  all: number[];
  work: number[];
}

interface BenchWindow {
  latency: {
    drawing: string;
    shape: number[];
    take(side: Side, hand: Hand): Promise<void>;
    quiet(): Promise<void>;
    read(): Recorded;
  };
}

const found: Record<string, Record<Side, Times>> = {};
let server: HarnessServer;

test.beforeAll(async () => {
  test.setTimeout(600_000);
  server = await startHarness(["latency.html"], FOLDER);
});
test.afterAll(() => server.close());

const inPage = <T>(page: Page, act: (bench: BenchWindow["latency"]) => T | Promise<T>): Promise<T> =>
  page.evaluate(`(${act.toString()})(window.latency)`) as Promise<T>;

function timesOf(hand: Hand, side: Side, plane: string): Times {
  const of = (found[`${hand} ${plane}`] ??= {
    ours: { pane: [], all: [], work: [] },
    peer: { pane: [], all: [], work: [] },
  });
  return of[side];
}

async function middleOf(page: Page, side: Side, plane: string): Promise<{ x: number; y: number }> {
  const box = await page.locator(`#${side}-${plane}`).boundingBox();
  if (!box) throw new Error(`no ${plane} pane`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** The first picture of a pane that was drawn after the page had heard of the input. */
const first = (pictures: readonly Picture[], { heard }: Input, plane?: string): Picture | undefined =>
  pictures.find((picture) => picture.drawn >= heard && (plane === undefined || picture.plane === plane));

/** Notch by notch, each with all that it brings about. */
async function turn(page: Page, side: Side, plane: string): Promise<void> {
  const { pane, all, work } = timesOf("wheel", side, plane);
  for (let notch = 0; notch < NOTCHES; notch++) {
    await page.evaluate((s) => (window as unknown as BenchWindow).latency.take(s, "wheel"), side);
    await page.mouse.wheel(0, 100);
    await inPage(page, (bench) => bench.quiet());
    const { inputs, pictures } = await inPage(page, (bench) => bench.read());
    const input = inputs.find(({ type }) => type === "wheel");
    const picture = input && first(pictures, input, plane);
    if (!input || !picture) throw new Error(`${side}: the ${plane} slice did not follow the wheel`);
    pane.push(picture.shown - input.at);
    all.push(Math.max(...pictures.map(({ shown }) => shown)) - input.at);
    work.push(input.done - input.heard);
  }
}

/** One stroke at the hand's own pace: each move until its pane shows it, the end until all panes do. */
async function paint(page: Page, side: Side, plane: string): Promise<void> {
  const { pane, all, work } = timesOf("brush", side, plane);
  await page.evaluate((s) => (window as unknown as BenchWindow).latency.take(s, "brush"), side);
  const { x, y } = await middleOf(page, side, plane);
  await page.mouse.down();
  for (let move = 1; move <= MOVES; move++) await page.mouse.move(x + 3 * move, y + 2 * move);
  await page.mouse.up();
  await inPage(page, (bench) => bench.quiet());
  const { inputs, pictures } = await inPage(page, (bench) => bench.read());
  const end = inputs.find(({ type }) => type === "pointerup");
  for (const input of inputs.filter(({ type }) => type === "pointermove")) {
    const picture = first(pictures, input, plane);
    if (!picture) continue; // the last move may be shown by the stroke's end alone
    pane.push(picture.shown - input.at);
    work.push(input.done - input.heard);
  }
  if (end) all.push(Math.max(end.done, ...pictures.map(({ shown }) => shown)) - end.at);
  await page.mouse.move(x, y);
}

/** The outline that snaps, on to the pointer: what each move takes the page. */
async function trace(page: Page, plane: string): Promise<void> {
  const { work, pane, all } = timesOf("livewire", "ours", plane);
  await page.evaluate(() => (window as unknown as BenchWindow).latency.take("ours", "livewire"));
  const { x, y } = await middleOf(page, "ours", plane);
  await page.mouse.click(x, y);
  await inPage(page, (bench) => bench.quiet());
  const before = (await inPage(page, (bench) => bench.read())).inputs.length;
  for (let move = 1; move <= 3 * MOVES; move++)
    await page.mouse.move(x + 60 * Math.sin(move / 8), y + 60 * (1 - Math.cos(move / 8)));
  await inPage(page, (bench) => bench.quiet());
  const { inputs } = await inPage(page, (bench) => bench.read());
  for (const input of inputs.slice(before).filter(({ type }) => type === "pointermove")) {
    work.push(input.done - input.heard);
    pane.push(input.done - input.at);
    all.push(input.done - input.at);
  }
  await page.keyboard.press("Escape");
}

test("from the hand to the picture", async ({ browser }) => {
  const page = await browser.newPage();
  const broken = new Promise<never>((_, reject) => page.on("pageerror", reject));
  page.on("console", (message) => {
    if (message.type() === "error") console.error(message.text());
  });
  await page.goto(server.address.replace("index.html", "latency.html"));
  await Promise.race([page.waitForSelector("body[data-ready]", { state: "attached", timeout: 120_000 }), broken]);
  const until = Date.now() + SECONDS * 1000;
  for (let round = 0; round <= ROUNDS && (round < 2 || Date.now() < until); round++) {
    for (const plane of PLANES) {
      // In turns, so that other load on the machine meets both; the first round warms up and does not count.
      for (const side of SIDES) {
        const { x, y } = await middleOf(page, side, plane);
        await page.mouse.move(x, y);
        await turn(page, side, plane);
        await paint(page, side, plane);
      }
      await trace(page, plane);
    }
    if (round === 0) for (const name of Object.keys(found)) delete found[name];
  }
  const about = await inPage(page, ({ drawing, shape }) => ({ drawing, shape }));
  writeFileSync(OUT, JSON.stringify({ ...about, found }));
  expect(Object.keys(found)).toHaveLength(3 * PLANES.length);
});
