/** Statistics, agreement, reliability and quality with the demo's data; training and acts on many cases. */
import type { Page } from "@playwright/test";
import { Workstation } from "./pages/workstation";
import { ACCOUNTS, expect, expectAccessible, picture, test } from "./support";

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
  await look(page, "/projects/demo/progress", "burn-up", "progress");
  await expect(page.getByTestId("forecast")).toContainText("Too little work yet");
  await page.getByRole("button", { name: "Set targets" }).click();
  await page.getByLabel("Cervical").fill("200");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row", { name: /Cervical/ })).toContainText("0 of 200");
  await look(page, "/projects/demo/statistics", "user-menu", "statistics");
  await look(page, "/projects/demo/agreement", "user-menu", "agreement");
  await look(page, "/projects/demo/reliability", "rater-reliability", "reliability");
  await expect(page.getByTestId("rater-reliability")).toHaveCount(3);
  // what weights rest on, with its history
  await expect(page.getByRole("img", { name: /^Expected Dice \(STAPLE\)/ }).first()).toBeVisible();
  await look(page, "/projects/demo/quality", "standing-weights", "quality");
  await expect(page.getByTestId("answer-keys").getByRole("row")).toHaveCount(3);
  await expect(page.getByTestId("trainees").getByText("Let through").first()).toBeVisible();
});

test("a manager chooses weights, and the former choice stays on record", { tag: "@slow" }, async ({ as }) => {
  const page = await as("manager");
  await page.setViewportSize(VIEW);
  await page.goto("/projects/demo/quality");
  // A manager has the longest navigation of all: it fits a laptop's screen.
  for (const height of [800, 900]) {
    await page.setViewportSize({ width: 1280, height });
    const nav = page.getByTestId("nav-scroll");
    await expect(nav.getByTestId("nav-quality")).toBeVisible();
    await expect.poll(() => nav.evaluate((rail) => rail.scrollHeight - rail.clientHeight)).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize(VIEW);
  await page.getByTestId("choose-weights").click();
  await page.getByLabel(/^Why Cleo Rater/).fill("On leave");
  await picture(page, "quality-weights");
  await page.getByTestId("confirm-weights").click();
  await expect(page.getByTestId("standing-weights").getByText("On leave")).toBeVisible();
  await expect(page.getByText(/kept on record/)).toBeVisible();
});

test("shares that leave too little real work are refused where they are typed", { tag: "@slow" }, async ({ as }) => {
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

test("many cases are made urgent at once", { tag: "@slow" }, async ({ as }) => {
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

test("a case is excluded with a reason, drawn in the flow chart, and put back", { tag: "@slow" }, async ({ as }) => {
  const page = await as("manager");
  await page.setViewportSize(VIEW);
  await page.goto("/projects/demo/cases?state=in_progress");
  const boxes = page.getByRole("checkbox", { name: /^Select case-/ });
  await boxes.first().check();
  await page.getByTestId("select-all").click();
  await expect(page.getByTestId("bulk-bar")).toContainText(`${await boxes.count()} selected`);
  await expect(page.getByTestId("select-all")).toHaveCount(0);
  for (const box of (await boxes.all()).slice(1)) await box.uncheck();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Exclude for good" }).click();
  await page.getByLabel("Note").fill("Moved during the scan");
  await page.getByTestId("bulk-preview").click();
  await expect(page.getByTestId("bulk-would")).toContainText("The case will change");
  await expectAccessible(page, "excluding");
  await picture(page, "quality-excluding");
  await page.getByTestId("bulk-confirm").click();
  await expect(page.getByTestId("bulk-bar")).toHaveCount(0);

  await page.goto("/projects/demo/progress");
  const flow = page.getByTestId("flow");
  await expect(flow.getByRole("img", { name: /Image quality \(n = 1\)/ })).toBeVisible();
  await flow.scrollIntoViewIfNeeded();
  await picture(page, "quality-flow");
  const saved = page.waitForEvent("download");
  await flow.getByRole("button", { name: "PNG" }).click();
  expect((await saved).suggestedFilename()).toBe("flow.png");

  await page.goto("/projects/demo/cases?state=excluded");
  await page
    .getByRole("row", { name: /Image quality/ })
    .getByRole("link", { name: /^case-/ })
    .click();
  await expect(page.getByTestId("exclusion")).toContainText("Moved during the scan");
  await picture(page, "quality-excluded");
  await page.getByRole("button", { name: "Put back" }).click();
  await expect(page.getByTestId("exclude")).toBeVisible();
});

/** Ask the server for something as the page's user; the answer's JSON. */
function call(page: Page, method: string, path: string, body?: unknown): Promise<unknown> {
  return page.evaluate(
    async ([verb, address, content]) => {
      const token = /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
      const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
      const answer = await fetch(`/api/v1${address}`, {
        method: verb,
        headers,
        ...(content !== null && { body: content }),
      });
      const text = await answer.text();
      return text === "" ? null : (JSON.parse(text) as unknown);
    },
    [method, path, body === undefined ? null : JSON.stringify(body)] as const,
  );
}

test("a newcomer trains first and is told vertebra by vertebra how it went", { tag: "@slow" }, async ({ as }) => {
  const manager = await as("manager");
  const made = (await call(manager, "POST", "/projects/demo/members", {
    email: ACCOUNTS.researcher,
    role: "rater",
  })) as { id: string };
  const page = await as("researcher");
  const workstation = new Workstation(page);
  await page.setViewportSize(VIEW);
  await workstation.takeNext("demo");
  await expect(page.getByRole("banner").getByText("Training", { exact: true })).toBeVisible();
  await page.getByTestId("tab-grade").click();
  await page.getByTestId("normal-rest").click();
  await workstation.allGraded();
  await page.getByTestId("submit").click();
  await page.getByTestId("confirm-submit").click();
  await expect(page).toHaveURL(/\/feedback$/, { timeout: 60_000 });
  const feedback = page.getByTestId("feedback");
  await expect(feedback.getByRole("row", { name: /^L3/ })).toBeVisible({ timeout: 60_000 });
  await expect(feedback.getByText("Mean Dice")).toBeVisible();
  await expectAccessible(page, "feedback");
  await picture(page, "training-feedback");
  const told = (await call(page, "GET", "/projects/demo/training")) as {
    scored: number;
    may_work: boolean;
    passed: boolean;
  };
  expect(told).toMatchObject({ scored: 1, may_work: told.passed });
  await call(manager, "DELETE", `/projects/demo/members/${made.id}`); // the other tests know a researcher
});

test("cards of the board are selected and given a due date", { tag: "@slow" }, async ({ as }) => {
  const page = await as("manager");
  await page.setViewportSize(VIEW);
  await page.goto("/projects/demo");
  await page.getByLabel("Select the cases of Rating").check();
  await expect(page.getByTestId("bulk-bar")).toContainText("selected");
  await expectAccessible(page, "the board");
  await picture(page, "quality-board");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Set the due date" }).click();
  await page.getByRole("textbox", { name: "Due" }).fill("1 Mar 2031");
  await page.keyboard.press("Enter");
  await page.getByTestId("bulk-confirm").click();
  await expect(page.getByTestId("bulk-bar")).toHaveCount(0);
  await expect(page.getByTestId("stage-rate").getByText(/1 Mar/).first()).toBeVisible();
});
