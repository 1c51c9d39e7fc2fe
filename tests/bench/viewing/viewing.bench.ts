/** Drives Chromium for bench_viewing.py: how soon a volume is seen, and what stays in memory after many tasks. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test, type Browser, type CDPSession, type Page } from "@playwright/test";
import { startHarness, type HarnessServer } from "../../e2e/viewer/harness";

const FOLDER = process.env["BENCH_FIXTURE"] ?? "";
const OUT = process.env["BENCH_OUT"] ?? "";
const ROUNDS = 3;
const TASKS = 20;
const SWITCHES = 60;

interface Loading {
  firstMs: number;
  wholeMs: number;
  firstFullMs?: number;
}

interface BenchWindow {
  openSlabs(): Promise<Loading>;
  loadNifti(url: string): Promise<Loading>;
  workOnce(): Promise<void>;
  switchTools(times: number): Promise<number[]>;
  closeSlabs(): void;
}

const results: Record<string, unknown> = {};
let server: HarnessServer;

test.beforeAll(async () => {
  test.setTimeout(600_000);
  server = await startHarness(["slabs.html", "nifti.html"], FOLDER);
});
test.afterAll(async () => {
  writeFileSync(OUT, JSON.stringify(results));
  await server.close();
});

async function freshPage(browser: Browser, name: string, viewport?: { width: number; height: number }): Promise<Page> {
  const page = await browser.newPage(viewport ? { viewport } : {});
  await page.goto(server.address.replace("index.html", name));
  await page.waitForSelector("body[data-ready]");
  return page;
}

test("loading", async ({ browser }) => {
  const slabs: Loading[] = [];
  const nifti: Loading[] = [];
  const address = server.address.replace("index.html", "fixture/volume.nii.gz");
  // In turn, so that other load on the machine meets both.
  for (let round = 0; round < ROUNDS; round++) {
    const ours = await freshPage(browser, "slabs.html");
    slabs.push(await ours.evaluate(() => (window as unknown as BenchWindow).openSlabs()));
    await ours.close();
    const theirs = await freshPage(browser, "nifti.html");
    nifti.push(await theirs.evaluate((url) => (window as unknown as BenchWindow).loadNifti(url), address));
    await theirs.close();
  }
  results["loading"] = { slabs, nifti };
  expect(slabs).toHaveLength(ROUNDS);
});

test("tool switch", async ({ browser }) => {
  const page = await freshPage(browser, "slabs.html");
  const took = await page.evaluate((times) => (window as unknown as BenchWindow).switchTools(times), SWITCHES);
  results["switches"] = took;
  expect(took).toHaveLength(SWITCHES);
  await page.close();
});

interface Held {
  /** Bytes of live objects, and of the array buffers behind them. */
  heap: number;
  buffers: number;
  /** Resident memory of the page's process and of the one that draws, bytes. */
  pageRss: number;
  gpuRss: number;
}

const PAGE_BYTES = 4096;

function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
}

async function held(session: CDPSession, browserSession: CDPSession): Promise<Held> {
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.collectGarbage");
  const usage = (await session.send("Runtime.getHeapUsage")) as { usedSize: number; backingStorageSize?: number };
  const { processInfo } = (await browserSession.send("SystemInfo.getProcessInfo")) as { processInfo: { type: string; id: number }[] };
  const largest = (type: string): number => Math.max(0, ...processInfo.filter((entry) => entry.type === type).map(({ id }) => residentBytes(id)));
  return { heap: usage.usedSize, buffers: usage.backingStorageSize ?? 0, pageRss: largest("renderer"), gpuRss: largest("GPU") };
}

test("memory", async ({ browser }) => {
  // Small planes: what is drawn has no part in this, and in software each pixel takes its time.
  const page = await freshPage(browser, "slabs.html", { width: 480, height: 320 });
  const session = await page.context().newCDPSession(page);
  const browserSession = await browser.newBrowserCDPSession();
  const empty = await held(session, browserSession);
  const after: Held[] = [];
  for (let task = 0; task < TASKS; task++) {
    await page.evaluate(() => (window as unknown as BenchWindow).workOnce());
    after.push(await held(session, browserSession));
    results["memory"] = { empty, after, closed: after.at(-1) };
  }
  await page.evaluate(() => (window as unknown as BenchWindow).closeSlabs());
  results["memory"] = { empty, after, closed: await held(session, browserSession) };
  await page.close();
  expect(after).toHaveLength(TASKS);
});
