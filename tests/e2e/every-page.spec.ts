/** Every page and every dialog that its buttons open, by role, in both themes and four sizes; what is amiss is a list. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { EVERY_PAGE } from "../../frontend/src/testing/everyPage";
import { faultsOf, isCut, isWide, keyboardFaults, SIZES, type Fault } from "./pages/walk";
import { expect, PASSWORD, PICTURES, prepare, ROOT, signIn, siteUrl, test, type Account } from "./support";

type Seer = (typeof EVERY_PAGE)[number]["seenBy"][number];

const ADMINISTRATOR = "administrator@demo.test";
const SEERS = [...new Set(EVERY_PAGE.flatMap(({ seenBy }) => seenBy))];
const REPORT = path.join(ROOT, "build", "every-page.json");
const MINUTES = 60_000;
/** Buttons that say how something is shown, or that stand in every row: the first few say it all. */
const CLICKS_PER_VIEW = 40;

interface Report {
  readonly seer: string;
  readonly views: number;
  readonly dialogs: number;
  readonly faults: readonly Fault[];
}

interface Walk {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly faults: Fault[];
  dialogs: number;
  views: number;
}

let ids: Record<string, string> = {};

test.beforeAll(() => {
  ids = prepare<Record<string, string>>("every_page");
});

/** Kept role by role: a walk that found something ends its process, and the next begins in a new one. */
function keepReport(of: Report): void {
  mkdirSync(path.dirname(REPORT), { recursive: true });
  const others = keptReports().filter(({ seer }) => seer !== of.seer);
  writeFileSync(REPORT, JSON.stringify([...others, of], null, 2));
}

function keptReports(): Report[] {
  try {
    return JSON.parse(readFileSync(REPORT, "utf8")) as Report[];
  } catch {
    return []; // none yet
  }
}

for (const seer of SEERS) {
  test(`every page that a ${seer} sees is clean`, { tag: "@slow" }, async ({ browser }) => {
    test.setTimeout(40 * MINUTES);
    const errors: string[] = [];
    const { context, page } = await signedIn(browser, seer, errors);
    const walk: Walk = { page, context, faults: [], dialogs: 0, views: 0 };
    const only = process.env["VERTEBASE_ONLY_PAGE"];
    for (const row of EVERY_PAGE.filter(({ seenBy, route }) => seenBy.includes(seer) && (!only || only === route))) {
      const address = row.address.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "none");
      await test.step(address, () => visit(walk, `${seer} ${row.route}`, address, row.needsWindow === true));
    }
    await context.close();
    keepReport({ seer, views: walk.views, dialogs: walk.dialogs, faults: walk.faults });
    const thrown = errors.filter((error) => !error.includes("Failed to load resource"));
    expect.soft(thrown, "errors in the pages").toEqual([]);
    expect(
      walk.faults.map(({ where, what }) => `${where}: ${what}`),
      "what is amiss",
    ).toEqual([]);
  });
}

async function signedIn(browser: Browser, seer: Seer, errors: string[]) {
  if (seer !== "visitor" && seer !== "administrator") return signIn(browser, seer satisfies Account, errors);
  const context = await browser.newContext({ baseURL: siteUrl() });
  const page = await context.newPage();
  if (seer === "administrator") {
    await page.goto("/sign-in");
    await page.getByTestId("email").fill(ADMINISTRATOR);
    await page.getByTestId("password").fill(PASSWORD);
    await page.getByTestId("sign-in").click();
    await expect(page).not.toHaveURL(/sign-in/);
  }
  return { context, page };
}

/** A page with all its tabs, and the dialogs of each. */
async function visit(walk: Walk, name: string, address: string, needsWindow: boolean): Promise<void> {
  const { page } = walk;
  const open = async (tab: number) => {
    await page.setViewportSize(SIZES.laptop);
    await page.goto(address);
    await settled(page);
    if (tab > 0) {
      await page.getByRole("tab").nth(tab).click();
      await settled(page);
    }
  };
  await open(0);
  const tabs = Math.max(1, await page.getByRole("tab").count());
  for (let tab = 0; tab < tabs; tab += 1) {
    if (tab > 0) await open(tab);
    const where = tabs > 1 ? `${name} [${await page.getByRole("tab").nth(tab).innerText()}]` : name;
    walk.views += 1;
    await judge(walk, where, needsWindow);
    await page.setViewportSize(SIZES.laptop);
    walk.faults.push(...(await keyboardFaults(page, where)));
    if (!needsWindow) await openDialogs(walk, where, () => open(tab));
  }
}

/** Nothing is loading any more, so that what is judged is the page and not its placeholder. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator("h1, h2, canvas").first()).toBeVisible();
  await page.waitForLoadState("networkidle");
  await expect(page.locator(".mantine-Skeleton-root, [role=status][aria-label=Loading]")).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}

async function judge(walk: Walk, where: string, needsWindow: boolean): Promise<void> {
  const { page, faults } = walk;
  for (const [size, viewport] of Object.entries(SIZES)) {
    if (needsWindow && size === "phone") continue;
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      faults.push(...(await faultsOf(page, `${where}, ${size}, ${colorScheme}`, colorScheme === "light")));
      if (size === "phone" || size === "desk" || colorScheme === "dark") await keep(page, where, size, colorScheme);
    }
    if (await isWide(page)) faults.push({ where: `${where}, ${size}`, what: "the page scrolls sideways" });
    if (size !== "phone" && (await isCut(page)))
      faults.push({ where: `${where}, ${size}`, what: "the side bar scrolls" });
  }
}

async function keep(page: Page, where: string, size: string, scheme: string): Promise<void> {
  const folder = path.join(PICTURES, "every-page");
  mkdirSync(folder, { recursive: true });
  const name = `${where}-${size}-${scheme}`.replaceAll(/[^\w-]+/g, "_");
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

/** Click each button once, while the server takes nothing, and judge what opens. */
async function openDialogs(walk: Walk, where: string, again: () => Promise<void>): Promise<void> {
  const { page, context, faults } = walk;
  const refuse = "**/api/**";
  await context.route(refuse, async (route) => {
    if (route.request().method() === "GET") await route.fallback();
    else await route.fulfill({ status: 409, json: { code: "walk", message: "Nothing is changed.", extra: {} } });
  });
  const seen = new Set<string>();
  for (let clicks = 0; clicks < CLICKS_PER_VIEW; clicks += 1) {
    const button = await nextButton(page, seen);
    if (button === null) break;
    const address = page.url();
    await page
      .locator("[data-walked=now]")
      .click({ timeout: 3000 })
      .catch(() => undefined);
    const dialog = page.getByRole("dialog").first();
    await dialog.waitFor({ state: "visible", timeout: 250 }).catch(() => undefined);
    if (await dialog.isVisible()) {
      walk.dialogs += 1;
      await judgeDialog(walk, `${where} > ${button}`);
      await page.keyboard.press("Escape");
      const closed = await dialog.waitFor({ state: "hidden", timeout: 2000 }).then(
        () => true,
        () => false,
      );
      if (!closed) faults.push({ where: `${where} > ${button}`, what: "Escape does not close it" });
      if (!closed) await again();
    } else if (page.url() !== address) await again();
    else await page.keyboard.press("Escape"); // a menu
  }
  await context.unroute(refuse);
}

async function judgeDialog(walk: Walk, where: string): Promise<void> {
  const { page, faults } = walk;
  await settled(page);
  const inside = await page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null);
  if (!inside) faults.push({ where, what: "the focus stays behind it" });
  for (const size of ["laptop", "phone"] as const) {
    await page.setViewportSize(SIZES[size]);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      faults.push(...(await faultsOf(page, `${where}, ${size}, ${colorScheme}`, colorScheme === "light")));
    }
    await keep(page, where, size, "dark");
    if (await isWide(page)) faults.push({ where: `${where}, ${size}`, what: "the dialog scrolls the page sideways" });
  }
  await page.setViewportSize(SIZES.laptop);
}

/** Marks the next button of the page that was not clicked yet; its name. Switches of a view count once by their words. */
async function nextButton(page: Page, seen: Set<string>): Promise<string | null> {
  const name = await page.evaluate(
    (known) => {
      document.querySelector("[data-walked=now]")?.removeAttribute("data-walked");
      const nameOf = (one: Element) =>
        (one.getAttribute("aria-label") ?? one.textContent).trim().replaceAll(/\d+/g, "0");
      const buttons = [...document.querySelectorAll<HTMLElement>("#main button:not([role=tab]):not([role=combobox])")];
      const next = buttons.find(
        (one) => one.checkVisibility() && !one.matches(":disabled") && !known.includes(nameOf(one)),
      );
      next?.setAttribute("data-walked", "now");
      return next === undefined ? null : nameOf(next);
    },
    [...seen],
  );
  if (name !== null) seen.add(name);
  return name;
}
