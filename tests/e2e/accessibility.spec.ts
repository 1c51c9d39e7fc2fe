/** Every page of the demo project, by the role that sees it, against WCAG 2.2 A and AA. */
import type { Page } from "@playwright/test";
import { expect, expectAccessible, picture, pictureInLooks, siteUrl, test, type Account } from "./support";

interface Stop {
  readonly name: string;
  readonly account: Account;
  readonly path: string;
  readonly ready: string; // a test id that is there once the page has its data
}

const STOPS: readonly Stop[] = [
  { name: "my work", account: "rater1", path: "/", ready: "user-menu" },
  { name: "projects", account: "manager", path: "/projects", ready: "project-demo" },
  { name: "new project", account: "manager", path: "/projects/new", ready: "protocol-multi_rater" },
  { name: "board", account: "manager", path: "/projects/demo", ready: "board" },
  { name: "upload page", account: "manager", path: "/projects/demo/upload", ready: "drop-area" },
  { name: "series list", account: "manager", path: "/projects/demo/series", ready: "series-table" },
  { name: "cases", account: "manager", path: "/projects/demo/cases", ready: "case-table" },
  { name: "members", account: "manager", path: "/projects/demo/members", ready: "members" },
  { name: "jobs", account: "manager", path: "/projects/demo/jobs", ready: "job-list" },
  { name: "settings", account: "manager", path: "/projects/demo/settings", ready: "save-protocol" },
  { name: "releases", account: "manager", path: "/projects/demo/releases", ready: "user-menu" },
  { name: "help", account: "manager", path: "/help", ready: "help-text" },
  { name: "account", account: "rater1", path: "/account", ready: "user-menu" },
];

test("the sign-in page is accessible", async ({ page }) => {
  await page.goto(`${siteUrl()}/sign-in`);
  await expect(page.getByTestId("sign-in")).toBeVisible();
  await expectAccessible(page, "sign-in");
  await picture(page, "sign-in");
});

// A manager has eleven pages; some of them the stories look at on their way.
for (const [account, details] of [
  ["manager", { tag: "@slow" }],
  ["rater1", {}],
] as const) {
  test(`what a ${account} sees is accessible`, details, async ({ as }) => {
    const page = await as(account);
    for (const stop of STOPS.filter((one) => one.account === account)) {
      await test.step(stop.name, async () => {
        await page.goto(stop.path);
        await expect(page.getByTestId(stop.ready).first()).toBeVisible();
        await settled(page);
        await expectAccessible(page, stop.name);
        await picture(page, `demo-${stop.name.replaceAll(" ", "-")}`);
      });
    }
  });
}

test("who did what is found, and the record checked", async ({ as }) => {
  const page = await as("manager");
  await page.goto("/projects/demo");
  await page.getByTestId("nav-audit").click();
  const entries = page.getByTestId("audit-entry");
  await expect(entries.first()).toBeVisible();
  await expect(page.getByTestId("chain-check")).toContainText("never checked");
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByTestId("chain-check")).toContainText(/entr(y|ies), unbroken/);
  await pictureInLooks(page, "audit");
  await page.getByTestId("audit-said").fill("voxels submitted");
  await expect(page).toHaveURL(/said=voxels/);
  await expect(entries.first()).toHaveAttribute("data-verb", "assignment.submitted");
  await expect(page.locator("[data-testid=audit-entry]:not([data-verb='assignment.submitted'])")).toHaveCount(0);
  await page.getByTestId("audit-said").fill("nobody did that");
  await expect(page.getByTestId("no-entry")).toBeVisible();
  await pictureInLooks(page, "audit-nothing");
});

test("a rule is found from anywhere, with its drawing", async ({ as }) => {
  const page = await as("rater1");
  await page.goto("/");
  await page.getByTestId("nav-help").click();
  const text = page.getByTestId("help-text");
  await expect(text.getByRole("heading", { name: "Guide for raters" })).toBeVisible();
  await pictureInLooks(page, "help-guide");
  await page.getByLabel("Search the guides").fill("osteophyte bridge");
  const results = page.getByTestId("help-results");
  await expect(results.getByRole("link", { name: "Osteophytes" })).toBeVisible();
  await pictureInLooks(page, "help-results");
  await results.getByRole("link", { name: "Osteophytes" }).click();
  const heading = text.getByRole("heading", { name: "Osteophytes" });
  await expect(heading).toBeFocused();
  await expect(heading).toBeInViewport();
  const drawing = text.getByRole("img", { name: /bridge of bone/ });
  await expect.poll(() => drawing.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await pictureInLooks(page, "help-rules");
});

test("settings that are not saved are not left without a question", async ({ as }) => {
  const page = await as("manager");
  await page.goto("/projects/demo/settings?tab=guidelines");
  const guidelines = page.getByTestId("guidelines-text");
  await guidelines.fill("# Ours");
  await page.getByRole("tab", { name: "General" }).click();
  const question = page.getByRole("dialog", { name: "Leave without saving?" });
  await expect(question).toBeVisible();
  await pictureInLooks(page, "settings-unsaved");
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(question).toBeHidden();
  await expect(guidelines).toHaveValue("# Ours");
  await page.getByTestId("nav-cases").click();
  await question.getByRole("button", { name: "Leave without saving" }).click();
  await expect(page.getByTestId("case-table")).toBeVisible();
});

/** Nothing is loading any more, so that what is judged is the page and not its placeholder. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator(".mantine-Skeleton-root")).toHaveCount(0);
}
