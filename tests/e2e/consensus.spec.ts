/** An expert looks at where raters differ, compares their masks with real differences, decides, and discusses. */
import { execFileSync } from "node:child_process";
import path from "node:path";
import type { Page } from "@playwright/test";
import { openedAdjudication, Workstation } from "./pages/workstation";
import { expect, expectAccessible, picture, ROOT, test } from "./support";

interface Adjudication {
  readonly items: readonly {
    readonly label: number;
    readonly reason: string;
    readonly names: Readonly<Record<string, number>>;
    readonly decision: object | null;
  }[];
  readonly spots: readonly { readonly label: number; readonly voxel: readonly number[]; readonly volume_mm3: number }[];
}

const crosshair = (page: Page): Promise<number[]> => page.evaluate("window.__vertebase.state().crosshair");

async function adjudication(page: Page): Promise<Adjudication> {
  const address = `/api/v1${new URL(page.url()).pathname}`;
  const detail = await page.evaluate(async (url) => (await (await fetch(url)).json()) as unknown, address);
  return (detail as { adjudication: Adjudication }).adjudication;
}

test("an expert walks from spot to spot, compares masks, takes one and asks why", { tag: "@slow" }, async ({ as }) => {
  // the demo has a review and an adjudication: one expert gets the one, the other the other
  let page = await as("radiologist");
  if (!(await openedAdjudication(page))) {
    page = await as("radiologist2");
    expect(await openedAdjudication(page)).toBe(true);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  const { items, spots } = await adjudication(page);
  expect(spots.length).toBeGreaterThan(1);
  const bySize = [...spots].sort((a, b) => b.volume_mm3 - a.volume_mm3);
  const open = items.filter(({ reason, decision }) => reason !== "grade" && decision === null);
  const first = bySize.findIndex(({ label }) => open.some((item) => item.label === label));

  await test.step("it opens at the largest spot still to be decided, with the raters' outlines; the key n goes on", async () => {
    await expect(page.getByTestId("spot-position")).toHaveText(`Spot ${first + 1} of ${spots.length}`);
    await expect.poll(() => crosshair(page)).toEqual(bySize[first]?.voxel);
    await expect(page.getByTestId("spot-text")).toContainText("mm³");
    for (const key of ["A", "B", "C"])
      await expect(page.getByTestId(`outline-${key}`)).toHaveAttribute("aria-pressed", "true");
    await picture(page, "adjudication-opened");
    await page.keyboard.press("n");
    await expect(page.getByTestId("spot-position")).toHaveText(
      `Spot ${((first + 1) % spots.length) + 1} of ${spots.length}`,
    );
    await page.keyboard.press("Shift+N");
    await expect(page.getByTestId("spot-position")).toHaveText(`Spot ${first + 1} of ${spots.length}`);
  });

  await test.step("how divided the votes are, over the outlines", async () => {
    await page.getByTestId("entropy").check({ force: true });
    await expect(page.getByRole("status").filter({ hasText: "Loading masks" })).toHaveCount(0);
    await picture(page, "compare-outlines");
    await page.getByTestId("entropy").uncheck({ force: true });
  });

  await test.step("raters side by side", async () => {
    await page.getByTestId("side-by-side").check({ force: true });
    for (const key of ["own", "A", "B", "C", "fused"]) await expect(page.getByTestId(`pane-${key}`)).toBeVisible();
    await picture(page, "compare-side-by-side");
    await page.getByRole("button", { name: "Back to the planes" }).click();
    await expect(page.getByTestId("rater-panes")).toHaveCount(0);
  });

  await test.step("taking a rater's vertebra changes the mask, and the changes are shown", async () => {
    const shape = items.find(({ reason }) => reason !== "grade");
    if (!shape) throw new Error("the demo has no disputed shape");
    const item = page.locator('[data-testid^="item-"]').nth(items.indexOf(shape));
    await item.getByRole("button").first().click();
    await page.keyboard.press("Shift+A");
    await expect(item).toContainText("Taken from A");
    await page.getByTestId("changes").click();
    await page.getByTestId("show-changes").click();
    // Which letter is whose is drawn by lot: the vertebra of two who agree is the fused one.
    const rows = page.getByTestId("compare-panel").getByTestId("changes-table").locator("tbody tr");
    const differs = () =>
      rows
        .first()
        .waitFor({ timeout: 15_000 })
        .then(
          () => true,
          () => false,
        );
    for (const key of ["B", "C"]) {
      if (await differs()) break;
      await page.keyboard.press(`Shift+${key}`);
      await expect(item).toContainText(`Taken from ${key}`);
    }
    await expect(rows).not.toHaveCount(0);
    await picture(page, "compare-changes");
    await expectAccessible(page, "the panel of an adjudicator");
  });

  await test.step("a thread on the vertebra, pinned, answered and closed", async () => {
    await page.getByTestId("tab-notes").click();
    await page.getByLabel(/^New note/).fill("Is this the facet joint?");
    await page.getByRole("button", { name: "Add note" }).click();
    const thread = page.getByTestId("thread").filter({ hasText: "facet joint" });
    await thread.getByRole("button", { name: "Reply" }).click();
    await thread.getByLabel("Reply").fill("Yes.");
    await thread.getByRole("button", { name: "Send" }).click();
    await expect(thread).toContainText("Yes.");
    await thread.getByRole("button", { name: "Resolve" }).click();
    await expect(thread).toContainText("Resolved");
    await picture(page, "discussion");
  });
});

test("a manager holds two versions and two fusions of a case against each other", { tag: "@slow" }, async ({ as }) => {
  const page = await as("manager");
  const found = await page.evaluate(async () => {
    const list = (await (await fetch("/api/v1/projects/demo/cases?page_size=50")).json()) as {
      results: { id: string; stage_key: string }[];
    };
    return list.results.find(({ stage_key: stage }) => stage === "adjudicate")?.id ?? null;
  });
  if (found === null) throw new Error("the demo has no case for adjudication");
  await page.goto(`/cases/${found}/consensus`);
  const changes = page.getByRole("region", { name: "What changed between two versions" });
  await expect(changes.getByTestId("changes-table")).toBeVisible();
  const fusions = page.getByTestId("fusions");
  await fusions.getByRole("button", { name: "Numbers" }).first().click();
  await fusions.getByTestId("compare-fusion").first().click();
  await page.getByRole("option").first().click();
  await expect(
    fusions
      .getByText(/unchanged|same, voxel for voxel/)
      .or(fusions.getByTestId("changes-table"))
      .first(),
  ).toBeVisible();
  await picture(page, "consensus-versions");
  await expectAccessible(page, "the consensus of a case");
});

test("names in dispute are settled once for the whole spine", { tag: "@slow" }, async ({ as }) => {
  const python = path.join(ROOT, ".venv", "bin", "python");
  const env = { ...process.env, VERTEBASE_VAR: process.env["VERTEBASE_E2E_VAR"] };
  const id = execFileSync(
    python,
    ["manage.py", "shell", "-v", "0", "-c", "from tests.e2e.disputed_names import main; main()"],
    { cwd: ROOT, env, encoding: "utf8" },
  ).trim();
  const page = await as("radiologist");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`/assignments/${id}`);
  await new Workstation(page).loaded();
  const panel = page.getByTestId("naming");
  await expect(panel).toContainText("Names of 6 vertebrae");
  await expect(panel.getByText("Open", { exact: true })).toBeVisible();
  await expect(page.locator('[data-testid^="item-"]').first()).toBeVisible();
  await expectAccessible(page, "names in dispute");
  await picture(page, "consensus-naming");
  await panel.getByRole("radio", { name: /L1 to L6/ }).check();
  await panel.getByLabel("Why").fill("The lowest ribs end above");
  await panel.getByTestId("settle-names").click();
  await expect(panel.getByText("L1 to L6", { exact: true })).toBeVisible();
  for (const level of ["L1", "L6"]) await expect(page.getByTestId(`level-${level}`)).toBeVisible();
  await expect(page.getByTestId("level-T12")).toHaveCount(0); // renamed away
  for (const item of await page.locator('[data-testid^="item-"]').all()) await expect(item).toContainText("Named");
  await expect(page.getByText("6 of 6 decided")).toBeVisible();
  await picture(page, "consensus-named");
});
