/** What every browser test uses: sign-in by role, pictures kept as artefacts, accessibility, no silent errors. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type Browser, type BrowserContext, type Page } from "@playwright/test";

export const ROOT = path.resolve(__dirname, "..", "..");
export const PICTURES = path.join(ROOT, "build", "screenshots");
export const PASSWORD = "vertebase-demo";
export const ACCOUNTS = {
  manager: "manager@demo.test",
  rater1: "rater1@demo.test",
  rater2: "rater2@demo.test",
  rater3: "rater3@demo.test",
  radiologist: "radiologist@demo.test",
  radiologist2: "radiologist2@demo.test",
  researcher: "researcher@demo.test",
} as const;
export type Account = keyof typeof ACCOUNTS;

/** Noise of a headless browser on a machine without a graphics card, which says nothing about the product. */
const HARMLESS = [/GPU stall due to ReadPixels/, /WebGL: INVALID_OPERATION.*drawing buffer/, /\[\.WebGL-/];

export function siteUrl(): string {
  const url = process.env["VERTEBASE_E2E_URL"];
  if (!url) throw new Error("the set-up has not started the site");
  return url;
}

/** The folder in which the site keeps its data. */
export function siteVar(): string {
  const folder = process.env["VERTEBASE_E2E_VAR"];
  if (!folder) throw new Error("the set-up has not started the site");
  return folder;
}

/** Where the sign-in service says "no second factor yet" with 404, which Chromium logs as an error. */
const ANSWERS_404 = /\/account\/authenticators\/totp$/;

/** A page that fails its test when the page throws. */
export function watch(page: Page, problems: string[]): void {
  page.on("pageerror", (error) => problems.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() !== "error" || ANSWERS_404.test(message.location().url)) return;
    if (!HARMLESS.some((pattern) => pattern.test(text))) problems.push(`${page.url()}: console: ${text}`);
  });
}

/** `make test` looks once at each page; what shows it to people, and in its other look, is left to `make test-all`. */
const BRIEF = process.env["VERTEBASE_LOOKS"] === "one";

/** Kept under `build/screenshots`, for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  if (BRIEF) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
}

/** Small windows of readers' laptops. */
export const LAPTOP = { width: 1280, height: 800 };

/** A picture in another size of the window, which it has before and after. */
export async function pictureIn(page: Page, size: { width: number; height: number }, name: string): Promise<void> {
  const before = page.viewportSize();
  if (BRIEF || !before) return;
  await page.setViewportSize(size);
  await picture(page, name);
  await page.setViewportSize(before);
}

type Look = "light" | "dark";
/** What is dark each time is the workstation. */
const LOOKS: readonly Look[] = BRIEF ? ["light"] : ["light", "dark"];
/** The workstation is dark, whatever the computer prefers. */
export const ALWAYS_DARK: readonly Look[] = ["dark"];

/** One page in its looks, on a laptop; axe judges each. */
export async function pictureInLooks(page: Page, name: string, looks: readonly Look[] = LOOKS): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize(LAPTOP);
  for (const [number, colorScheme] of looks.entries()) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", colorScheme);
    await expectAccessible(page, `${name}, ${colorScheme}`, number === 0 ? "all" : "colours");
    await picture(page, `${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}

/** What `tests/e2e/MODULE.py` leaves on the running site, as it says in JSON. */
export function prepare<T>(module: string): T {
  const python = path.join(ROOT, ".venv", "bin", "python");
  const env = { ...process.env, VERTEBASE_VAR: process.env["VERTEBASE_E2E_VAR"] };
  const command = ["manage.py", "shell", "-v", "0", "-c", `from tests.e2e.${module} import main; main()`];
  return JSON.parse(execFileSync(python, command, { cwd: ROOT, env, encoding: "utf8" })) as T;
}

/** Close the tab as a person does: the browser asks, and they leave all the same. */
export async function closeTab(page: Page): Promise<void> {
  const asked = page.waitForEvent("dialog");
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await Promise.all([page.waitForEvent("close"), dialog.accept()]);
}

export async function comeBack(context: BrowserContext, address: string): Promise<Page> {
  await context.setOffline(false);
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

/** What another theme can change: names, roles and sizes are those of the first. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/** Fails on any violation of WCAG 2.2 A and AA that axe finds. The canvases of the viewer have no text to judge. */
export async function expectAccessible(page: Page, name: string, rules: "all" | "colours" = "all"): Promise<void> {
  // Dialogs fade in and out, and meanwhile have less contrast.
  const opacities = () =>
    page.getByRole("dialog").evaluateAll((dialogs) => dialogs.map((dialog) => getComputedStyle(dialog).opacity));
  await expect.poll(async () => (await opacities()).every((opacity) => opacity === "1")).toBe(true);
  const axe = new AxeBuilder({ page });
  if (rules === "colours") axe.withRules(OF_COLOURS);
  else axe.withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]);
  const { violations } = await axe.analyze();
  const found = violations.map(
    ({ id, help, nodes }) => `${id} (${help}): ${nodes.map((node) => node.target.join(" ")).join("; ")}`,
  );
  expect(found, `accessibility of ${name}`).toEqual([]);
}

interface People {
  /** A signed-in page for each account, each in a browser context of its own; made when first asked for. */
  as: (account: Account) => Promise<Page>;
}

/** Cookies by account: each signs in through the page once, and later tests go on with that session. */
const sessions = new Map<Account, Awaited<ReturnType<BrowserContext["storageState"]>>>();

export async function signIn(
  browser: Browser,
  account: Account,
  problems: string[],
): Promise<{ context: BrowserContext; page: Page }> {
  const known = sessions.get(account);
  const context = await browser.newContext({
    baseURL: siteUrl(),
    viewport: { width: 1440, height: 900 },
    ...(known && { storageState: known }),
  });
  const page = await context.newPage();
  watch(page, problems);
  if (known) {
    await page.goto("/api/v1/config"); // on the site, without a page of it
    return { context, page };
  }
  await page.goto("/sign-in");
  await page.getByTestId("email").fill(ACCOUNTS[account]);
  await page.getByTestId("password").fill(PASSWORD);
  await page.getByTestId("sign-in").click();
  await expect(page).not.toHaveURL(/sign-in/);
  sessions.set(account, await context.storageState());
  return { context, page };
}

export const test = base.extend<People>({
  as: async ({ browser }, use) => {
    const problems: string[] = [];
    const open = new Map<Account, { context: BrowserContext; page: Page }>();
    await use(async (account) => {
      const known = open.get(account) ?? (await signIn(browser, account, problems));
      open.set(account, known);
      return known.page;
    });
    await Promise.all([...open.values()].map(({ context }) => context.close()));
    expect(problems, "errors in the pages").toEqual([]);
  },
});

export { expect };
