/** Everybody who may see a case looks at it in the viewer, and nothing they do there is an edit. */
import type { Page } from "@playwright/test";
import { Workstation } from "./pages/workstation";
import { expect, expectAccessible, LAPTOP, picture, test } from "./support";

interface Row {
  readonly id: string;
  readonly kind?: string;
  readonly state?: string;
  readonly case_id?: string;
}

async function read<T>(page: Page, address: string): Promise<T> {
  return page.evaluate(async (url) => (await (await fetch(`/api/v1${url}`)).json()) as unknown, address) as Promise<T>;
}

/** Requests that would change something, from now on. */
function writesOf(page: Page): string[] {
  const writes: string[] = [];
  page.on("request", (request) => {
    if (!["GET", "HEAD", "OPTIONS"].includes(request.method())) writes.push(`${request.method()} ${request.url()}`);
  });
  return writes;
}

/** The case on which most was done: with fused or adjudicated masks. */
async function comparedCase(page: Page): Promise<string> {
  const { results } = await read<{ results: Row[] }>(page, "/projects/demo/cases?page_size=100");
  for (const { id } of results) {
    const { spots } = await read<{ spots: unknown[] }>(page, `/cases/${id}/view`);
    if (spots.length > 0) return id;
  }
  throw new Error("the demo has no case with raters who differ");
}

test("a manager looks at any two masks of a case, at spots and at a place in a link, and changes nothing", async ({
  as,
}) => {
  const page = await as("manager");
  await page.setViewportSize(LAPTOP);
  const id = await comparedCase(page);
  await page.goto("/projects/demo/cases");
  const writes = writesOf(page);

  await test.step("from the list to the picture in one click", async () => {
    await page.locator(`a[data-testid=look][href*="${id}"]`).click();
    await page.waitForURL(`**/cases/${id}/view`);
    await new Workstation(page).loaded();
    await expect(page.getByTestId("read-only")).toBeVisible();
    for (const tool of ["circle", "sphere", "erase", "refine"])
      await expect(page.getByTestId(`tool-${tool}`)).toHaveCount(0);
    await expect(page.getByTestId("submit")).toHaveCount(0);
    await expectAccessible(page, "the viewer of a case");
    await picture(page, "look-case-1280");
  });

  await test.step("keys and strokes of the workstation paint nothing", async () => {
    const digest = await page.evaluate(() => window.__vertebase?.digest());
    await page.keyboard.press("1");
    const box = await page.getByTestId("plane-sagittal").boundingBox();
    if (!box) throw new Error("the sagittal plane is not shown");
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 30, box.y + box.height / 2, { steps: 3 });
    await page.mouse.up();
    await page.keyboard.press("z");
    expect(await page.evaluate(() => window.__vertebase?.state().tool)).toBe("crosshair");
    expect(await page.evaluate(() => window.__vertebase?.digest())).toBe(digest);
  });

  await test.step("from spot to spot", async () => {
    const { spots } = await read<{ spots: { voxel: number[]; volume_mm3: number }[] }>(page, `/cases/${id}/view`);
    const largest = [...spots].sort((a, b) => b.volume_mm3 - a.volume_mm3)[0];
    await page.keyboard.press("n");
    await expect(page.getByTestId("spot-position")).toHaveText(`Spot 1 of ${spots.length}`);
    await expect
      .poll(() => page.evaluate(() => window.__vertebase?.state().crosshair.map(Math.round)))
      .toEqual(largest?.voxel);
  });

  await test.step("held against another mask: what differs is counted, lies over the planes and stands side by side", async () => {
    const { masks, first_mask: shown } = await read<{
      masks: { id: string; title: string; kind: string }[];
      first_mask: string;
    }>(page, `/cases/${id}/view`);
    const rater = masks.filter(({ kind, id: mask }) => kind === "rater" && mask !== shown).at(-1);
    if (!rater) throw new Error("no rater's mask");
    await page.getByTestId("look-against").click();
    await page.getByRole("option", { name: rater.title, exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`against=${rater.id}`));
    const rows = page.getByTestId("changes-table").locator("tbody tr");
    await expect(rows.first()).toBeVisible({ timeout: 60_000 });
    const { labels } = await read<{ labels: { added_voxels: number; removed_voxels: number }[] }>(
      page,
      `/cases/${id}/masks/${rater.id}/changes/${shown}`,
    );
    const changed = labels.filter((row) => row.added_voxels + row.removed_voxels > 0);
    await expect(rows).toHaveCount(changed.length);
    const told = await rows.evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll("td")].slice(1, 3).map((cell) => Number(cell.textContent))),
    );
    expect(told, "as the server counts them").toEqual(changed.map((row) => [row.added_voxels, row.removed_voxels]));
    await picture(page, "look-differences-1280");
    await page.getByTestId("side-by-side").check({ force: true });
    for (const key of ["other", "own"]) await expect(page.getByTestId(`pane-${key}`)).toBeVisible();
    await expectAccessible(page, "two masks side by side");
    await picture(page, "look-side-by-side-1280");
    await page.getByRole("button", { name: "Back to the planes" }).click();
  });

  await test.step("a link leads to the same masks, vertebra and voxel", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const before = await page.evaluate(() => window.__vertebase?.state());
    await page.getByTestId("copy-place").click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    await page.goto(link);
    await new Workstation(page).loaded();
    const after = await page.evaluate(() => window.__vertebase?.state());
    expect(after?.activeLabel).toBe(before?.activeLabel);
    expect(after?.crosshair).toEqual(before?.crosshair.map(Math.round));
    await expect(page.getByTestId("look-differences")).toBeVisible();
  });
  expect(writes).toEqual([]);
});

test("a manager looks at a case in 3D and straightened", { tag: "@slow" }, async ({ as }) => {
  const page = await as("manager");
  await page.setViewportSize(LAPTOP);
  await page.goto(`/cases/${await comparedCase(page)}/view`);
  await new Workstation(page).loaded();
  const writes = writesOf(page);
  await page.getByTestId("layout-four").click();
  await expect(page.getByTestId("surface-state")).toHaveAttribute("data-kind", "current", { timeout: 60_000 });
  await picture(page, "look-four-1280");
  await page.getByTestId("layout-straight").click();
  await expect(page.getByTestId("pane-straight")).toBeVisible();
  expect(writes).toEqual([]);
});

test("a rater looks at their own masks alone", { tag: "@slow" }, async ({ as }) => {
  const page = await as("rater1");
  await page.setViewportSize(LAPTOP);
  const { results } = await read<{ results: Row[] }>(page, "/assignments?state=submitted&page_size=100");
  const mine = results.find(({ kind }) => kind === "correct");
  if (!mine?.case_id) throw new Error("the demo's first rater has handed in nothing");
  await page.goto("/");
  await page.getByText("Submitted", { exact: true }).first().click();
  const writes = writesOf(page);
  await page.locator(`a[data-testid=look][href*="${mine.case_id}"]`).first().click();
  await new Workstation(page).loaded();
  await expect(page.getByTestId("look-note")).toContainText("your own work");
  await page.getByTestId("look-version").click();
  const titles = await page.getByRole("option").allTextContents();
  expect(titles.filter((title) => title.startsWith("My mask:"))).toHaveLength(1);
  expect(titles.filter((title) => /rater [A-Z]|fus|adjudicat/i.test(title))).toEqual([]);
  await picture(page, "look-rater-1280");
  expect(writes).toEqual([]);
});

/** Ticks of the first hour are written to one's own account. */
const OWN_TICKS = /^PATCH .*\/api\/v1\/me$/;

test("a researcher accepts the terms and looks into a release", { tag: "@slow" }, async ({ as }) => {
  const page = await as("researcher");
  await page.setViewportSize(LAPTOP);
  const { results } = await read<{ results: Row[] }>(page, "/projects/demo/releases");
  const release = results.at(-1); // the one that the demo brings
  if (!release) throw new Error("the demo has no release");
  await page.goto(`/releases/${release.id}`);
  await expect(page.getByRole("heading", { name: "Files" })).toBeVisible();
  // Another test may have accepted the terms for this account before.
  if (!(await read<{ accepted: boolean }>(page, `/releases/${release.id}`)).accepted) {
    await expect(page.getByTestId("look")).toHaveCount(0);
    await page.getByTestId("agree").check({ force: true });
    await page.getByTestId("accept-terms").click();
  }
  await page.getByTestId("look").first().click();
  const writes = writesOf(page);
  await new Workstation(page).loaded();
  await expect(page.getByTestId("read-only")).toBeVisible();
  await picture(page, "look-release-1280");
  expect(writes.filter((write) => !OWN_TICKS.test(write))).toEqual([]);
});
