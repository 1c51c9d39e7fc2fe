/** Accounts: made by an invitation, with a second factor, or uninvited where mail proves the address; their tokens. */
import { createHmac } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Server, startServer } from "./servers";
import { expect, expectAccessible, picture, pictureInLooks, siteUrl, siteVar, test } from "./support";

const EMAIL = "invited@hospital.test";
const PASS_PHRASE = "a long and odd pass phrase";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What an authenticator app shows now for a secret (RFC 6238: SHA-1, 30 s, six digits). */
function authenticatorCode(secret: string): string {
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((octet) => parseInt(octet, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("an invited person makes an account, joins, and signs in with a second factor", async ({ as, browser }) => {
  const manager = await as("manager");
  await manager.goto("/projects/demo/members");
  await manager.getByTestId("invite-email").fill(EMAIL);
  await manager.getByTestId("invite").click();
  const link = await manager.getByTestId("invitation-link").innerText();
  await picture(manager, "invitation-link");
  await manager.getByRole("button", { name: "Done" }).click();
  await expect(manager.getByTestId("invitations")).toContainText(EMAIL);
  await expectAccessible(manager, "members with an invitation");

  const context = await browser.newContext({ baseURL: siteUrl(), viewport: { width: 1280, height: 800 } });
  const problems: string[] = [];
  const page = await context.newPage();
  // Not the console: that nobody is signed in yet is a 401, which Chromium logs as an error.
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(link);
  await page.getByTestId("display-name").fill("Ida Invited");
  await page.getByTestId("new-password").fill(PASS_PHRASE);
  await page.getByTestId("new-password-again").fill("something else");
  await page.getByTestId("join").click();
  await expect(page.getByText("The two are not the same")).toBeVisible();
  await expectAccessible(page, "invitation");
  await picture(page, "invitation");
  await page.getByTestId("new-password-again").fill(PASS_PHRASE);
  await page.getByTestId("join").click();
  await expect(page).toHaveURL(/\/projects\/demo/);
  await expect(page.getByTestId("user-menu")).toBeVisible();

  const factor = page.getByTestId("second-factor");
  const recovery = await test.step("turns on the second factor, with the password once more", async () => {
    await page.goto("/account");
    await factor.getByRole("button", { name: "Set up" }).click();
    const secret = await factor.locator("code").first().innerText();
    await factor.getByRole("group", { name: "Code of the authenticator app" }).locator("input").first().click();
    await page.keyboard.type(authenticatorCode(secret));
    const dialog = page.getByRole("dialog", { name: "Your password, please" });
    await dialog.getByLabel("Password", { exact: true }).fill(PASS_PHRASE);
    await dialog.getByRole("button", { name: "Go on" }).click();
    await factor.getByRole("button", { name: "Show recovery codes" }).click();
    await expect(factor.locator("code").first()).toBeVisible();
    await picture(page, "second-factor");
    await expectAccessible(page, "account with a second factor");
    return factor.locator("code").first().innerText();
  });
  await test.step("signs in with the password and a recovery code, not with a wrong one", async () => {
    await context.clearCookies();
    await page.goto("/sign-in");
    await page.getByTestId("email").fill(EMAIL);
    await page.getByTestId("password").fill(PASS_PHRASE);
    await page.getByTestId("sign-in").click();
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    await page.getByLabel("Recovery code").fill("00000000");
    await page.getByRole("button", { name: "Confirm" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await page.getByLabel("Recovery code").fill(recovery);
    await page.getByRole("button", { name: "Confirm" }).click();
    await expect(page.getByTestId("user-menu")).toBeVisible();
  });
  expect(problems).toEqual([]);
  await context.close();
});

test("a token has a scope and an end, shows its text once, and tells when it was used", async ({ as, playwright }) => {
  const page = await as("rater1");
  await page.goto("/account");
  await page.getByLabel("Name", { exact: true }).last().fill("Nightly export");
  await page.getByRole("button", { name: "Make a token" }).click();
  const made = page.getByRole("alert").filter({ hasText: "Copy it now" });
  const text = await made.locator("code").innerText();
  await made.scrollIntoViewIfNeeded();
  await pictureInLooks(page, "people-token-made");
  const row = page.getByRole("row", { name: /Nightly export/ });
  await expect(row).toContainText("may see and download, never used");

  const script = await playwright.request.newContext({
    baseURL: siteUrl(),
    extraHTTPHeaders: { Authorization: `Bearer ${text}` },
  });
  expect((await script.get("/api/v1/assignments")).status()).toBe(200);
  const refused = await script.patch("/api/v1/me", { data: { display_name: "Script" } });
  expect([refused.status(), ((await refused.json()) as { code: string }).code]).toEqual([403, "token_scope"]);

  await page.reload();
  await expect(page.getByText("Copy it now")).toHaveCount(0);
  await expect(row).toContainText(/may see and download, used .*, until /);
  await row.scrollIntoViewIfNeeded();
  await pictureInLooks(page, "people-token-used");
  await row.getByRole("button", { name: "Revoke Nightly export" }).click();
  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  await expect(row).toHaveCount(0);
  expect((await script.get("/api/v1/assignments")).status()).toBe(401);
  await script.dispose();
});

/** The mail to an address, as its files lie in a folder, oldest first; a link is not broken over lines. */
function mailTo(address: string, folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  const texts = files.map((name) => readFileSync(path.join(folder, name), "utf8").replaceAll("=\n", ""));
  return texts.filter((text) => text.includes(`To: ${address}`));
}

// It starts a server of its own; that mail opens an account, and nothing else, Python's tests show.
test.describe("where anybody may sign up", { tag: "@slow" }, () => {
  let site: Server;

  test.beforeAll(async () => {
    site = await startServer({
      command: (port) => ["-m", "uvicorn", "backend.config.asgi:application", "--port", `${port}`, "--lifespan", "off"],
      env: { VERTEBASE_VAR: siteVar(), DJANGO_SETTINGS_MODULE: "tests.e2e.mailing" },
      log: path.join(siteVar(), "mailing.log"),
    });
  });
  test.afterAll(() => site.stop());

  test("an uninvited person makes an account, which opens once the mailed link was confirmed", async ({ browser }) => {
    const address = "uninvited@hospital.test";
    const mail = path.join(siteVar(), "mail");
    const context = await browser.newContext({ baseURL: site.url });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));

    const signIn = async () => {
      await page.goto("/sign-in");
      await page.getByTestId("email").fill(address);
      await page.getByTestId("password").fill(PASS_PHRASE);
      await page.getByTestId("sign-in").click();
    };
    await page.goto("/sign-up");
    await page.getByTestId("email").fill(address);
    await page.getByTestId("new-password").fill(PASS_PHRASE);
    await page.getByTestId("new-password-again").fill(PASS_PHRASE);
    await page.getByTestId("sign-up").click();
    await expect(page.getByTestId("signed-up")).toContainText(address);
    await pictureInLooks(page, "signed-up");
    const link = await test.step("the link comes by mail", async () => {
      await expect.poll(() => mailTo(address, mail).length).toBe(1);
      const found = /\/account\/verify-email\/\S+/.exec(mailTo(address, mail)[0] ?? "");
      return found?.[0] ?? "";
    });
    await test.step("before that nobody signs in", async () => {
      await signIn();
      await expect(page.getByRole("alert")).toBeVisible();
      expect((await page.request.get("/api/v1/me")).status()).toBe(401);
    });
    await test.step("opening the link alone proves nothing, confirming does, once", async () => {
      await page.goto(link);
      await expect(page.getByText(`Complete the account of ${address}`)).toBeVisible();
      expect((await page.request.get("/api/v1/me")).status()).toBe(401);
      await pictureInLooks(page, "verify-address");
      await page.getByTestId("verify").click();
      await expect(page.getByTestId("verified").or(page.getByTestId("user-menu"))).toBeVisible();
      await page.goto(link);
      await expect(page.getByRole("alert")).toContainText("The link could not be used");
    });
    await test.step("the account shows no project", async () => {
      await context.clearCookies();
      await signIn();
      await expect(page.getByTestId("user-menu")).toBeVisible();
      const projects = await page.request.get("/api/v1/projects");
      expect(((await projects.json()) as { count: number }).count).toBe(0);
    });
    expect(problems).toEqual([]);
    await context.close();
  });
});
