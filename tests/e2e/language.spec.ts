/** The pages speak the language of the account, or the one chosen before the sign-in; and English again when chosen. */
import { expect, expectAccessible, LAPTOP, picture, siteUrl, test } from "./support";

test("German is chosen, holds on every page, and English comes back", async ({ as }) => {
  const page = await as("rater1");
  await page.setViewportSize(LAPTOP);
  const choose = async (name: string) => {
    await page.getByTestId("user-menu").click();
    await Promise.all([page.waitForEvent("load"), page.getByRole("menuitem", { name, exact: true }).click()]);
  };
  await page.goto("/");
  await choose("Deutsch");
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await expect(page.getByRole("heading", { name: /^Hallo, / })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Meine Aufgaben" })).toBeVisible();
  await expectAccessible(page, "my work in German");
  await picture(page, "my-work-de");

  await test.step("another page", async () => {
    await page.getByRole("link", { name: "Projekte", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Projekte" })).toBeVisible();
    await picture(page, "projects-de");
  });

  await test.step("another browser, which keeps nothing yet", async () => {
    await page.evaluate(() => localStorage.clear());
    await page.goto("/account");
    await expect(page.getByRole("heading", { name: "Sprache" })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
  });

  await test.step("and back", async () => {
    await page.goto("/account");
    await expect(page.getByTestId("user-menu")).toBeVisible();
    await choose("English");
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await expect(page.getByText("Kept in this browser. The viewer is dark in either case.")).toBeVisible();
  });
});

test("German is chosen before the sign-in", async ({ page }) => {
  await page.goto(`${siteUrl()}/sign-in`);
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Deutsch" }).click()]);
  await expect(page.getByTestId("sign-in")).toHaveText("Anmelden");
  await expectAccessible(page, "sign-in in German");
});
