/** How many clicks and keys a newcomer needs, by role; the counts are kept under `build/counts.json`. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { Workstation } from "./pages/workstation";
import { expect, expectAccessible, picture, ROOT, test } from "./support";

/** Bars of the product: no way may take more actions. */
const BARS = { "home to the first stroke": 2, "shift of a whole spine": 3, "release to a slice": 3 } as const;

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
