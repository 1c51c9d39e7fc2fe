/** A reader grades a whole spine by keyboard, sees what the heights suggest only afterwards, revises, and moves a line. */
import type { Page } from "@playwright/test";
import { dragMiddleLine, Workstation, type MeasuredRow } from "./pages/workstation";
import { expect, expectAccessible, LAPTOP, picture, pictureIn, test } from "./support";

const get = <T>(page: Page, address: string): Promise<T> =>
  page.evaluate(async (url) => (await (await fetch(url)).json()) as unknown, address) as Promise<T>;

const activeLabel = (page: Page): Promise<number> => page.evaluate("window.__vertebase.state().activeLabel");

test("a reader grades a spine by keyboard, and then hears what the heights suggest", async ({ as }) => {
  const page = await as("rater1");
  const work = new Workstation(page);
  await work.takeNext("demo");
  const address = `/api/v1${new URL(page.url()).pathname}`;
  const { gradable } = await get<{ gradable: number[] }>(page, address);
  await page.getByTestId("tab-grade").click();
  const tops = async () =>
    Promise.all(["grade-2", "fracture-type"].map(async (id) => (await page.getByTestId(id).boundingBox())?.y ?? NaN));
  await expect(page.getByTestId("fracture-type")).toBeVisible();
  const before = await tops();
  await expect(page.getByTestId("measured")).toBeVisible();
  await expect(page.getByTestId("crop")).toBeVisible();
  await expect(page.getByTestId("suggestion")).toHaveCount(0);
  await expect(page.getByTestId("measured")).toContainText("shown after your answer");

  await test.step("every vertebra by keys", async () => {
    const start = Date.now();
    for (const label of gradable) {
      await expect.poll(() => activeLabel(page), { intervals: [5] }).toBe(label);
      await page.keyboard.press("0");
      await page.keyboard.press("ArrowDown");
    }
    await expect(page.getByTestId("graded-count")).toContainText(`${gradable.length} of ${gradable.length}`);
    test.info().annotations.push({
      type: "ms per vertebra",
      description: String(Math.round((Date.now() - start) / gradable.length)),
    });
  });

  await test.step("the suggestion is there now, with its uncertainty; a revision keeps both answers", async () => {
    await expect(page.getByTestId("suggestion")).toContainText("±");
    const label = await activeLabel(page);
    await page.keyboard.press("2");
    await page.keyboard.press("w");
    // Whoever presses one after the other hits what they aim at: nothing above them changes its height.
    const moved = (await tops()).map((top, place) => Math.abs(top - (before[place] ?? NaN)));
    expect(Math.max(...moved), "the tab's number goes, and nothing else").toBeLessThan(4);
    const standing = async (): Promise<unknown> =>
      (await get<{ label: number }[]>(page, `${address}/gradings`)).find((row) => row.label === label);
    await expect.poll(standing).toMatchObject({ grade: 2, fracture_type: "wedge", revision: 3 });
    await picture(page, "grading");
  });

  await test.step("a moved line gives other heights, and goes back", async () => {
    const [row] = await get<MeasuredRow[]>(page, `${address}/measurements?label=${await activeLabel(page)}`);
    await dragMiddleLine(page, row, 4);
    await expect(page.getByTestId("measured")).toContainText("Heights, by your lines");
    await expect(page.getByTestId("suggestion")).toContainText("By your lines");
    await pictureIn(page, LAPTOP, "grading-1280");
    await pictureIn(page, { width: 2560, height: 1440 }, "grading-2560");
    await expectAccessible(page, "the grade panel");
    await page.getByRole("button", { name: "Back to the measured lines" }).click();
    await expect(page.getByTestId("measured")).not.toContainText("by your lines");
  });

  await test.step("cervical vertebrae are not applicable, never 0", async () => {
    // not through the page, whose console would call the refusal an error
    const token = await page.evaluate(() => /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "");
    const answer = await page.request.put(`${address}/gradings/5`, {
      headers: { "X-CSRFToken": token },
      data: { grade: 0 },
    });
    expect(answer.status()).toBe(400);
    expect(((await answer.json()) as { code: string }).code).toBe("not_gradable_level");
  });
});

test("a manager sets inclusion rules and sees who is kept out", { tag: "@slow" }, async ({ as }) => {
  const page = await as("manager");
  await page.goto("/projects/demo/settings");
  await page.getByRole("tab", { name: "Grading" }).click();
  await expect(page.getByTestId("grading-schema")).toBeVisible();
  await picture(page, "settings-grading");
  await expectAccessible(page, "the grading form's editor");
  await page.getByRole("tab", { name: "Inclusion" }).click();
  await page.getByLabel("Set rule I4, No bone metastases").click({ force: true });
  await page.getByRole("button", { name: "Save rules" }).click();
  await expect(page.getByText("Every series was checked by these rules")).toBeVisible();
  await picture(page, "settings-inclusion");
  await expectAccessible(page, "the inclusion rules");

  await page.goto("/projects/demo/series");
  await page
    .getByRole("button", { name: /^Details of/ })
    .first()
    .click();
  const rules = page.getByTestId("inclusion");
  await expect(rules).toContainText("unknown");
  await rules.getByRole("button", { name: "Fails" }).click();
  await page.getByLabel("What shows that it fails").fill("Metastases in the report");
  await page.getByRole("button", { name: "It fails" }).click();
  await expect(rules).toContainText("keeps this series out");
  await rules.getByRole("button", { name: "Waive" }).click();
  await page.getByLabel("Why it is let in all the same").fill("Read again: a haemangioma");
  await page.getByRole("button", { name: "Waive" }).last().click();
  await expect(rules).toContainText("failed, waived");
  await picture(page, "series-inclusion");
  await expectAccessible(page, "a series' rules");

  await page.goto("/projects/demo/statistics");
  await expect(page.getByRole("heading", { name: "Statistics" })).toBeVisible();
  await picture(page, "statistics");

  await page.goto("/projects/demo/releases");
  await page.getByRole("link", { name: /^Demo spines/ }).click();
  await page.getByRole("tab", { name: "Statistics" }).click();
  await expect(page.getByRole("img", { name: /^Vertebrae by level\. .*L1: \d/ })).toBeVisible();
  await expect(page.getByTestId("table-one")).toContainText("Training");
  await picture(page, "release-statistics");
  await expectAccessible(page, "a release's statistics");
});
