/** Statistics, agreement, reliability and quality with the demo's data; training and acts on many cases. */
import type { Page } from "@playwright/test";
import { expect, expectAccessible, picture, test } from "./support";

const VIEW = { width: 1280, height: 800 };

async function look(page: Page, path: string, ready: string, name: string): Promise<void> {
  await page.setViewportSize(VIEW);
  await page.goto(path);
  await expect(page.getByTestId(ready).first()).toBeVisible();
  await expect(page.locator(".mantine-Skeleton-root")).toHaveCount(0);
  await expectAccessible(page, name);
  await picture(page, `quality-${name}`);
}

test("a manager reads the reports on raters and data", async ({ as }) => {
  const page = await as("manager");
  await look(page, "/projects/demo/statistics", "user-menu", "statistics");
  await look(page, "/projects/demo/agreement", "user-menu", "agreement");
  await look(page, "/projects/demo/reliability", "rater-reliability", "reliability");
  await expect(page.getByTestId("rater-reliability")).toHaveCount(3);
  await look(page, "/projects/demo/quality", "standing-weights", "quality");
  await expect(page.getByTestId("answer-keys").getByRole("row")).toHaveCount(3);
  await expect(page.getByTestId("trainees").getByText("Let through").first()).toBeVisible();
});

test("a manager chooses weights, and the former choice stays on record", async ({ as }) => {
  const page = await as("manager");
  await page.setViewportSize(VIEW);
  await page.goto("/projects/demo/quality");
  await page.getByTestId("choose-weights").click();
  await page.getByLabel(/^Why Cleo Rater/).fill("On leave");
  await picture(page, "quality-weights");
  await page.getByTestId("confirm-weights").click();
  await expect(page.getByTestId("standing-weights").getByText("On leave")).toBeVisible();
  await expect(page.getByText(/kept on record/)).toBeVisible();
});

test("shares that leave too little real work are refused where they are typed", async ({ as }) => {
  const page = await as("manager");
  await look(page, "/projects/demo/settings", "save-protocol", "settings");
  const card = page.getByRole("region", { name: "Quality control" });
  await card.getByLabel("Gold cases").fill("40");
  await card.getByLabel("Repeats", { exact: true }).fill("30");
  await expect(card.getByText(/together at the most/)).toBeVisible();
  await expect(page.getByTestId("save-protocol")).toBeDisabled();
  await card.scrollIntoViewIfNeeded();
  await picture(page, "quality-shares");
});

test("many cases are made urgent at once", async ({ as }) => {
  const page = await as("manager");
  await page.setViewportSize(VIEW);
  await page.goto("/projects/demo/cases?state=in_progress");
  await page.getByLabel("Select all cases of this page").check();
  await expect(page.getByTestId("bulk-bar")).toContainText("selected");
  await expectAccessible(page, "selected cases");
  await picture(page, "quality-bulk");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Change the priority" }).click();
  await page.getByLabel("Priority").last().fill("2");
  await page.getByTestId("bulk-confirm").click();
  await expect(page.getByText(/Done for \d+ cases/)).toBeVisible();
  await expect(page.getByTestId("bulk-bar")).toHaveCount(0);
});
