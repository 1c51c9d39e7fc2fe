/** How many clicks and keys a newcomer needs, by role; the counts are kept under `build/counts.json`. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { openedAdjudication, Workstation } from "./pages/workstation";
import { expect, expectAccessible, picture, prepare, ROOT, test } from "./support";

/** Bars of the product: no way may take more actions. */
const BARS = {
  "home to the first stroke": 2,
  "shift of a whole spine": 3,
  "missing vertebra": 4,
  "submit and open the next": 1,
  "vertebra decided, on to the next": 2,
  "level corrected on the picture": 3,
  "release to a slice": 3,
  "home to who is late": 1,
  "filtered cases given out": 6,
  "upload to the first case": 3,
  "expert's home to the first spot": 1,
} as const;

const FILE = path.join(ROOT, "build", "counts.json");
const SIZES = [
  [1280, 800],
  [1440, 900],
  [2560, 1440],
] as const;

/** Actions of a person, counted; the count is kept, and held against its bar. */
class Way {
  private actions = 0;

  constructor(private readonly name: keyof typeof BARS) {}

  async act(action: () => Promise<void>): Promise<void> {
    this.actions += 1;
    await action();
  }

  end(): void {
    mkdirSync(path.dirname(FILE), { recursive: true });
    const kept = readKept();
    writeFileSync(FILE, `${JSON.stringify({ ...kept, [this.name]: this.actions }, null, 2)}\n`);
    expect(this.actions, this.name).toBeLessThanOrEqual(BARS[this.name]);
  }
}

function readKept(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(FILE, "utf8")) as Record<string, number>;
  } catch {
    return {}; // none yet
  }
}

const names = (page: Page): Promise<string[]> =>
  page.getByTestId(/^level-[CTLS]/).evaluateAll((rows) => rows.map((row) => row.dataset["testid"] ?? ""));

test("a rater paints two clicks from home, and shifts a spine by three", { tag: "@slow" }, async ({ as }) => {
  const page = await as("rater3");
  const work = new Workstation(page);
  await page.goto("/");
  const start = page.getByTestId("next-task-demo").or(page.getByTestId("open-assignment")).first();
  await expect(start).toBeVisible();

  const painting = new Way("home to the first stroke");
  await painting.act(() => start.click());
  await work.loaded();
  await painting.act(() => work.tool("circle"));
  await work.stroke("sagittal", { x: 24, y: 0 });
  painting.end();
  await work.undo();

  const before = await names(page);
  const [first, , third] = before;
  if (!first || !third) throw new Error("the demo's spine has three vertebrae at least");
  const shifting = new Way("shift of a whole spine");
  await shifting.act(() => page.getByTestId(third).click({ button: "right" }));
  await page.getByTestId("menu-really").hover();
  await picture(page, "menu-really");
  await shifting.act(() => page.getByTestId(`menu-really-${first.replace("level-", "")}`).click());
  await shifting.act(() => page.getByRole("dialog").getByTestId("apply-rename").click());
  shifting.end();
  await expect.poll(async () => (await names(page))[2]).toBe(first);
  await work.undo();
  await expect.poll(() => names(page)).toEqual(before);

  await test.step("the grading picture is large on demand, and all is reachable in each size", async () => {
    await page.getByTestId("tab-grade").click();
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      await expect(page.getByTestId("normal-rest")).toBeInViewport();
      await page.keyboard.press("h");
      const [crop, panes] = await Promise.all(["crop", "planes"].map((id) => page.getByTestId(id).boundingBox()));
      const filled = Math.max(
        (crop?.width ?? 0) / ((panes?.width ?? 1) * (2 / 3)),
        (crop?.height ?? 0) / (panes?.height ?? 1),
      );
      expect(filled).toBeGreaterThan(0.97);
      await expectAccessible(page, `grading, ${width} x ${height}`);
      await picture(page, `grading-large-${width}`);
      await page.keyboard.press("h");
    }
  });
});

test("a rater draws a missing vertebra by four actions, and hands in by one", { tag: "@slow" }, async ({ as }) => {
  const page = await as("rater3");
  const work = new Workstation(page);
  // With nothing that the checks point out: of that the dialog asks.
  await page.route("**/api/v1/assignments/*/findings*", (route) => route.fulfill({ json: [] }));
  await page.goto("/");
  await page.getByTestId("next-task-demo").or(page.getByTestId("open-assignment")).first().click();
  await work.loaded();

  const [, row = "", below = ""] = await names(page);
  const level = row.replace("level-", "");
  await work.choose(level);
  const { label, count, voxel } = await page.evaluate(() => {
    const hook = window.__vertebase;
    if (!hook) throw new Error("no viewer");
    const { activeLabel, crosshair } = hook.state();
    return { label: activeLabel, count: hook.count(activeLabel), voxel: crosshair };
  });
  await page.getByTestId(row).click({ button: "right" });
  await page.getByTestId("menu-delete").click();
  await page.getByRole("dialog").getByTestId("apply-rename").click();
  await expect.poll(() => work.count(label)).toBe(0);
  await work.choose(below.replace("level-", "")); // the list keeps an empty level while it is in hand
  const at = await page.evaluate((v) => window.__vertebase?.pageOf("sagittal", v) ?? { x: 0, y: 0 }, voxel);
  const drawing = new Way("missing vertebra");
  await drawing.act(() => page.getByTestId("add-level").click());
  await drawing.act(() => page.getByRole("button", { name: level, exact: true }).click());
  await expect(page.getByRole("dialog", { name: "Levels that the mask does not have" })).toBeHidden(); // it lies over the vertebra
  await drawing.act(() => page.mouse.click(at.x, at.y));
  await expect(page.getByTestId("preview")).toContainText("by 1 click", { timeout: 240_000 });
  await picture(page, "missing-vertebra");
  await drawing.act(() => page.keyboard.press("Enter"));
  await expect.poll(() => work.count(label)).toBeGreaterThan(count / 2);
  drawing.end();
  await work.undo();
  await work.undo();
  await work.saved();

  await page.getByTestId("tab-grade").click();
  await page.getByTestId("normal-rest").click();
  await work.allGraded();
  await work.saved();
  await expect(page.getByTestId("submit-next")).toBeEnabled();
  const address = page.url();
  const handing = new Way("submit and open the next");
  await handing.act(() => page.getByTestId("submit-next").click());
  await expect(page).not.toHaveURL(address, { timeout: 120_000 });
  await expect(page).toHaveURL(/assignments/);
  handing.end();
});

test("an expert comes from home to the first spot by a click", { tag: "@slow" }, async ({ as }) => {
  const page = await as("radiologist");
  await page.goto("/");
  const start = page.getByTestId("next-task-demo").or(page.getByTestId("open-assignment")).first();
  await expect(start).toBeVisible();
  const coming = new Way("expert's home to the first spot");
  await coming.act(() => start.click());
  await new Workstation(page).loaded();
  const spot = page.getByTestId("spot-text").or(page.locator('[data-testid^="item-"][data-active=true]'));
  await expect(spot.first()).toBeInViewport();
  coming.end();
  await picture(page, "expert-first-spot");
});

test("an adjudicator decides a vertebra by two keys", { tag: "@slow" }, async ({ as }) => {
  let page = await as("radiologist");
  if (!(await openedAdjudication(page))) {
    page = await as("radiologist2");
    expect(await openedAdjudication(page)).toBe(true);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  const items = page.locator('[data-testid^="item-"]');
  const inHand = page.locator('[data-testid^="item-"][data-active=true]');
  if ((await inHand.count()) === 0) await items.first().getByRole("button").first().click();
  const name = (await inHand.getAttribute("data-testid")) ?? "";
  const active = (): Promise<number> => page.evaluate(() => window.__vertebase?.state().activeLabel ?? 0);
  const label = await active();
  const ticked = page.getByTestId("looked-count");
  const before = Number((await ticked.textContent())?.split(" ")[0]);
  const deciding = new Way("vertebra decided, on to the next");
  await deciding.act(() => page.keyboard.press("Shift+F"));
  await expect(page.getByTestId(name)).toContainText("Fused mask taken");
  await deciding.act(() => page.keyboard.press("u"));
  await expect.poll(active).not.toBe(label);
  deciding.end();
  await expect(ticked).toHaveText(new RegExp(`^${before + 1} of`), { timeout: 60_000 });
  const saving = page.waitForEvent("download");
  await page.getByTestId("save-picture").click();
  expect((await saving).suggestedFilename()).toMatch(/^vertebase-[\d-]+\.png$/);
  await picture(page, "adjudication-next");
  await expectAccessible(page, "an adjudication under way");
});

test("a manager corrects a level on the picture", { tag: "@slow" }, async ({ as }) => {
  const page = await as("manager");
  await page.goto("/projects/demo/series?ordering=-created_at");
  const found = page.getByTestId("series-table").getByRole("row").filter({ hasText: "Built-in engine" }).first();
  await expect(found.getByText("Done")).toBeVisible({ timeout: 240_000 });
  await found.click();
  const correcting = new Way("level corrected on the picture");
  await correcting.act(() => page.getByTestId("correct-run").first().click());
  const centres = page.getByTestId("centres");
  await expect(centres).toBeVisible();
  const dot = page.locator('[data-testid^="sagittal-"] circle').first();
  const { x, y, width, height } = (await dot.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await correcting.act(async () => {
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 6, y + height / 2 + 2, { steps: 3 });
    await page.mouse.up();
  });
  await picture(page, "level-corrected");
  await correcting.act(() => page.getByTestId("send-correction").click());
  await expect(centres).toBeHidden();
  correcting.end();
});

test("a researcher sees a slice of a release three clicks from home", { tag: "@slow" }, async ({ as }) => {
  const page = await as("researcher");
  await page.goto("/");
  const looking = new Way("release to a slice");
  await looking.act(() =>
    page
      .getByRole("main")
      .getByRole("link", { name: /Demo spines/ })
      .first()
      .click(),
  );
  await expect(page.getByRole("heading", { name: "Files" })).toBeVisible();
  const agree = page.getByTestId("agree"); // what is signed once per release is no step of the way
  if (await agree.isVisible()) {
    await agree.check({ force: true });
    await page.getByTestId("accept-terms").click();
  }
  await looking.act(() => page.getByTestId("look").first().click());
  await new Workstation(page).loaded();
  looking.end();
});

test("a manager sees who is late, and gives out the cases that match", { tag: "@slow" }, async ({ as }) => {
  const { name, alias } = prepare<{ name: string; alias: string }>("late_work");
  const page = await as("manager");
  await page.goto("/");
  const late = page.getByTestId("managed-demo").getByTestId("stuck-overdue");
  await expect(late).toBeVisible();
  const finding = new Way("home to who is late");
  await finding.act(() => late.click());
  const row = page.getByTestId("workload").getByRole("row").filter({ hasText: name });
  await expect(row).toBeInViewport();
  finding.end();
  await expect(row.getByRole("cell").nth(2)).toHaveText("1");
  await picture(page, "who-is-late");

  await page.goto("/");
  const giving = new Way("filtered cases given out");
  await giving.act(() => page.getByTestId("managed-demo").getByRole("link", { name: "Cases", exact: true }).click());
  await giving.act(() => page.getByRole("combobox", { name: "State" }).or(page.getByLabel("State")).first().click());
  await giving.act(() => page.getByRole("option", { name: "In progress", exact: true }).click());
  await expect(page.getByTestId("case-table").getByText(alias)).toBeVisible();
  await giving.act(() => page.getByLabel("Select all cases of this page").click());
  await giving.act(() => page.getByTestId("bulk-distribute").click());
  await picture(page, "filtered-cases-given");
  await giving.act(() => page.getByTestId("bulk-confirm").click());
  await expect(page.getByTestId("bulk-bar")).toBeHidden({ timeout: 60_000 });
  giving.end();
});

test("a manager comes from home to the case of an upload", { tag: "@slow" }, async ({ as }) => {
  const folder = mkdtempSync(path.join(tmpdir(), "vbnew-"));
  execFileSync(path.join(ROOT, ".venv", "bin", "python"), ["-m", "tests.e2e.phantom", folder], { cwd: ROOT });
  const page = await as("manager");
  await page.goto("/");
  const uploading = new Way("upload to the first case");
  await uploading.act(() => page.getByTestId("managed-demo").getByRole("link", { name: "Upload CTs" }).last().click());
  await expect(page.getByTestId("drop-area")).toBeVisible();
  await uploading.act(() => page.getByTestId("folder-input").setInputFiles(folder));
  await expect(page.getByTestId("batch-results")).toBeVisible({ timeout: 240_000 });
  await picture(page, "upload-results");
  await uploading.act(() => page.getByTestId("to-case").first().click());
  await expect(page).toHaveURL(/\/cases\//);
  await expect(page.getByRole("heading", { level: 1, name: /^case-/ })).toBeVisible();
  uploading.end();
  rmSync(folder, { recursive: true, force: true });
});
