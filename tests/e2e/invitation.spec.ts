/** A person without an account is invited, makes one and is in the project. */
import { expect, expectAccessible, picture, siteUrl, test } from "./support";

test("an invited person makes an account and joins", async ({ as, browser }) => {
  const manager = await as("manager");
  await manager.goto("/projects/demo/members");
  await manager.getByTestId("invite-email").fill("invited@hospital.test");
  await manager.getByTestId("invite").click();
  const link = await manager.getByTestId("invitation-link").innerText();
  await picture(manager, "invitation-link");
  await manager.getByRole("button", { name: "Done" }).click();
  await expect(manager.getByTestId("invitations")).toContainText("invited@hospital.test");
  await expectAccessible(manager, "members with an invitation");

  const context = await browser.newContext({ baseURL: siteUrl(), viewport: { width: 1280, height: 800 } });
  const problems: string[] = [];
  const page = await context.newPage();
  // Not the console: that nobody is signed in yet is a 401, which Chromium logs as an error.
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(link);
  await page.getByTestId("display-name").fill("Ida Invited");
  await page.getByTestId("new-password").fill("a long and odd pass phrase");
  await page.getByTestId("new-password-again").fill("something else");
  await page.getByTestId("join").click();
  await expect(page.getByText("The two are not the same")).toBeVisible();
  await expectAccessible(page, "invitation");
  await picture(page, "invitation");
  await page.getByTestId("new-password-again").fill("a long and odd pass phrase");
  await page.getByTestId("join").click();
  await expect(page).toHaveURL(/\/projects\/demo/);
  await expect(page.getByTestId("user-menu")).toBeVisible();
  expect(problems).toEqual([]);
  await context.close();
});
