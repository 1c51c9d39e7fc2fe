/**
 * The pictures of the guides, taken on the demo in one size and the light theme (the workstation is dark).
 *
 * `make pictures` writes them to `docs/images`. Not part of any test run: the other specs have worked on the demo before, and
 * it would look worked on.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { Upload } from "./pages/project";
import { Workstation } from "./pages/workstation";
import { expect, LAPTOP, PICTURES, prepare, ROOT, siteUrl, test } from "./support";

const FOLDER = path.join(ROOT, "docs", "images");
const PYTHON = path.join(ROOT, ".venv", "bin", "python");
const MOST_BYTES = 120_000;

test.skip(process.env["VERTEBASE_PICTURES"] !== "keep", "taken by `make pictures`, on a demo of their own");

let ids: Record<string, string> = {};

test.beforeAll(() => {
  ids = prepare<Record<string, string>>("every_page");
  mkdirSync(PICTURES, { recursive: true });
});

async function light(page: Page): Promise<Page> {
  await page.setViewportSize(LAPTOP);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  return page;
}

/** Nothing loads any more, no pointer rests on anything, and no message of a moment lies over the page. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await expect(page.locator(".mantine-Skeleton-root, [role=status][aria-label=Loading]")).toHaveCount(0);
  await page.mouse.move(2, 2);
  await page.evaluate(() => document.fonts.ready);
}

/** Kept as WebP: as lean as a picture for a page has to be. */
async function keep(page: Page, name: string): Promise<void> {
  await settled(page);
  const drawn = path.join(PICTURES, `guide-${name}.png`);
  const file = path.join(FOLDER, `${name}.webp`);
  await page.screenshot({ path: drawn });
  execFileSync(PYTHON, ["-m", "tests.support.webp", drawn, file], { cwd: ROOT });
  expect(statSync(file).size, name).toBeLessThan(MOST_BYTES);
}

async function leaveTour(page: Page): Promise<void> {
  const leave = page.getByRole("button", { name: "Leave the tour" });
  if (await leave.isVisible()) await leave.click();
}

async function read<T>(page: Page, address: string): Promise<T> {
  return page.evaluate(async (url) => (await (await fetch(`/api/v1${url}`)).json()) as unknown, address) as Promise<T>;
}

test("pictures of the guide for radiologists", { tag: "@slow" }, async ({ as }) => {
  const page = await light(await as("radiologist"));
  await page.goto("/");
  const station = new Workstation(page);
  await station.takeNext("demo");
  await leaveTour(page);
  await expect(page.getByTestId("spot-position")).toBeVisible();
  await keep(page, "adjudication");
  await page.getByTestId("side-by-side").check({ force: true });
  await expect(page.getByTestId("pane-own")).toBeVisible();
  await station.drawn();
  await keep(page, "side-by-side");
});

/** After the radiologists', who would be given this case, too. */
test("pictures of the guide for raters", { tag: "@slow" }, async ({ as }) => {
  await expect.poll(() => prepare<boolean>("places_to_show"), { timeout: 120_000 }).toBe(true);
  const page = await light(await as("rater1"));
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await keep(page, "my-work");
  const station = new Workstation(page);
  await station.takeNext("demo");
  await leaveTour(page);
  await station.choose("L2");
  await page.getByTestId("layout-four").click();
  await expect(page.getByTestId("surface-state")).toHaveAttribute("data-kind", "current", { timeout: 60_000 });
  await station.drawn();
  await keep(page, "workstation");
  await page.getByTestId("layout-sagittal").click();
  await page.getByTestId("tab-grade").click();
  await expect(page.getByTestId("measured")).toBeVisible();
  await station.drawn();
  await keep(page, "grading");
  await page.getByTestId("tab-checks").click();
  await expect(page.getByTestId("checks-state")).toHaveText("Checked as shown", { timeout: 60_000 });
  await page.keyboard.press("p");
  await expect(page.getByTestId("places").getByRole("checkbox").first()).toBeVisible();
  await station.drawn();
  await keep(page, "places");
});

test("pictures of the guide for managers", { tag: "@slow" }, async ({ as }) => {
  const page = await light(await as("manager"));
  for (const [name, at] of [
    ["board", ""],
    ["members", "/members"],
    ["agreement", "/agreement"],
  ] as const) {
    await page.goto(`/projects/demo${at}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    if (name === "agreement") {
      await expect(page.getByTestId("agreement")).toBeVisible();
      await expect(page.getByTestId("agreement-state")).toHaveCount(0, { timeout: 120_000 });
    }
    await keep(page, name);
  }
});

test("the picture of a new release", { tag: "@slow" }, async ({ as }) => {
  const page = await light(await as("manager"));
  await page.goto("/projects/demo/releases");
  await page.getByTestId("new-release").click();
  await expect(page.getByTestId("release-title")).toBeVisible();
  await keep(page, "new-release");
});

test("pictures of the guide for researchers", { tag: "@slow" }, async ({ as, browser }) => {
  const page = await light(await as("researcher"));
  await page.goto(`/releases/${ids["release"]}`);
  await expect(page.getByRole("heading", { name: "Files" })).toBeVisible();
  if (!(await read<{ accepted: boolean }>(page, `/releases/${ids["release"]}`)).accepted) {
    await page.getByTestId("agree").check({ force: true });
    await page.getByTestId("accept-terms").click();
  }
  await expect(page.getByTestId("archive-all")).toBeVisible();
  await keep(page, "release");
  const context = await browser.newContext({ baseURL: siteUrl() });
  const visitor = await light(await context.newPage());
  await visitor.goto(`/data/${ids["release"]}`);
  await expect(visitor.getByRole("heading", { level: 1 })).toBeVisible();
  await keep(visitor, "public-page");
  await context.close();
});

/** The last one: it brings a case into the demo. */
test("the picture of an upload", { tag: "@slow" }, async ({ as }) => {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), "vbpicture-")), "spine");
  execFileSync(PYTHON, ["-m", "tests.e2e.phantom", folder], { cwd: ROOT });
  try {
    const page = await light(await as("manager"));
    const upload = new Upload(page, "demo");
    await upload.open();
    await upload.folder(folder);
    await upload.results();
    await expect(page.getByTestId("refused-file")).toContainText("broken.nii.gz");
    await expect(page.getByTestId("run-state")).toContainText(/imported/i, { timeout: 120_000 });
    await expect(page.getByTestId("series-levels")).toContainText(/ levels\)$/);
    await page.getByTestId("batch-results").scrollIntoViewIfNeeded();
    await keep(page, "upload");
  } finally {
    rmSync(path.dirname(folder), { recursive: true, force: true });
  }
});
