/** The page of engines: models, a real training that is watched and stopped, and a correction of levels. */
import { expect, expectAccessible, picture, test } from "./support";

const SLUG = "demo";

test("a manager trains a model, watches its curves and stops it", { tag: "@slow" }, async ({ as }) => {
  const page = await as("manager");
  await page.goto(`/projects/${SLUG}/engine`);
  await expect(page.getByTestId("model-in-use")).toContainText("The weights that ship");
  await expectAccessible(page, "models");
  await picture(page, "engine-models");

  await page.getByRole("tab", { name: "Training" }).click();
  await expect(page).toHaveURL(/tab=training/);
  await page.getByTestId("train").click();
  await page.getByLabel("Name").fill("Darker bone");
  await expect(page.getByLabel("Borders")).toBeChecked();
  await expect(page.getByLabel("Finding")).not.toBeChecked();
  await expect(page.getByLabel("Also learn from cases")).not.toBeChecked();
  await picture(page, "engine-training-form");
  await page.getByTestId("start-training").click();
  const training = page.getByTestId("training").first();
  await expect(training).toHaveAttribute("data-state", "running", { timeout: 60_000 });
  await expect(page.getByRole("dialog")).toHaveCount(0); // while it fades, its text is pale
  await expectAccessible(page, "a training");
  await picture(page, "engine-training");
  await training.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
  await expect(training).toHaveAttribute("data-state", "cancelled", { timeout: 60_000 });

  await page.getByRole("tab", { name: "Edit effort" }).click();
  await expect(
    page.getByText("Nobody has corrected an engine's mask yet").or(page.getByTestId("effort-chart")),
  ).toBeVisible();
  await picture(page, "engine-effort");
});

test("a manager renames the levels that the engine found", { tag: "@slow" }, async ({ as }) => {
  const page = await as("manager");
  await page.goto(`/projects/${SLUG}/series?ordering=-created_at`);
  const found = page.getByTestId("series-table").getByRole("row").filter({ hasText: "Built-in engine" }).first();
  await expect(found.getByText("Done")).toBeVisible({ timeout: 120_000 });
  await found.click();
  await page.getByTestId("correct-run").first().click();
  const centres = page.getByTestId("centres");
  await expect(centres).toBeVisible();
  await expect(page.getByTestId("send-correction")).toBeDisabled();
  const dot = page.locator('[data-testid^="sagittal-"] circle').first();
  const { x, y, width, height } = (await dot.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 + 12, y + height / 2 + 4, { steps: 3 });
  await page.mouse.up();
  await expect(page.getByText("0 renamed, 1 to segment again, 0 removed.")).toBeVisible();
  await picture(page, "engine-centre-dragged");
  await page.getByRole("button", { name: "Start over" }).click();
  await expect(page.getByText("Nothing changed yet.")).toBeVisible();
  await page.getByRole("button", { name: "All one level up" }).click();
  await expect(page.getByText(/\d+ renamed, 0 to segment again, 0 removed/)).toBeVisible();
  await expectAccessible(page, "the correction of levels");
  await picture(page, "engine-correction");
  await page.getByTestId("send-correction").click();
  await expect(centres).toBeHidden();
  await expect(page.getByTestId("run").first()).toContainText("made mask 2", { timeout: 60_000 });
});
