/** Every page of the demo project, by the role that sees it, against WCAG 2.2 A and AA. */
import type { Page } from "@playwright/test";
import { expect, expectAccessible, picture, siteUrl, test, type Account } from "./support";

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
  { name: "account", account: "rater1", path: "/account", ready: "user-menu" },
];

test("the sign-in page is accessible", async ({ page }) => {
  await page.goto(`${siteUrl()}/sign-in`);
  await expect(page.getByTestId("sign-in")).toBeVisible();
  await expectAccessible(page, "sign-in");
  await picture(page, "sign-in");
});

for (const account of ["manager", "rater1"] as const) {
  test(`what a ${account} sees is accessible`, async ({ as }) => {
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

/** Nothing is loading any more, so that what is judged is the page and not its placeholder. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator(".mantine-Skeleton-root")).toHaveCount(0);
}
