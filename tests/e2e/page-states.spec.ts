/** Every page of a manager while it loads, when its server fails, and with nothing in it, in both themes and two sizes. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { BrowserContext, Page, Route } from "@playwright/test";
import { EVERY_PAGE } from "../../frontend/src/testing/everyPage";
import { faultsOf, isWide, SIZES, type Fault } from "./pages/walk";
import { expect, PICTURES, prepare, signIn, test } from "./support";

/** What the frame of all pages asks: without it there is no page to look at. */
const OF_THE_FRAME = /\/api\/v1\/(config|me|projects|projects\/[\w-]+|notices\/\w+)(\?.*)?$/;
const PAGES = EVERY_PAGE.filter(({ seenBy }) => seenBy.includes("manager"));
const STATES = ["loading", "failing", "empty"] as const;
type State = (typeof STATES)[number];

let ids: Record<string, string> = {};

test.beforeAll(() => {
  ids = prepare<Record<string, string>>("every_page");
});

for (const state of STATES) {
  test(`every page of a manager, ${state}, is clean and says so`, { tag: "@slow" }, async ({ browser }) => {
    test.setTimeout(1_800_000);
    const problems: string[] = [];
    const { context, page } = await signIn(browser, "manager", problems);
    const faults: Fault[] = [];
    await hold(context, state);
    for (const { route, address } of PAGES) {
      // what is not in a project has no empty one
      if (state === "empty" && !address.startsWith("/projects/demo")) continue;
      // what these show the frame of all pages has asked for
      if (["/projects", "/projects/demo/settings"].includes(address) && state !== "empty") continue;
      const filled = address.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "none");
      const opened = state === "empty" ? filled.replace("/projects/demo", `/projects/${ids["empty"] ?? ""}`) : filled;
      await test.step(opened, async () => {
        await page.goto(opened);
        faults.push(...(await look(page, state, route)));
      });
    }
    await context.unrouteAll({ behavior: "ignoreErrors" });
    await context.close();
    expect(
      faults.map(({ where, what }) => `${where}: ${what}`),
      "what is amiss",
    ).toEqual([]);
    expect(
      problems.filter((problem) => !problem.includes("Failed to load resource")),
      "errors in the pages",
    ).toEqual([]);
  });
}

/** The server never answers, or fails, whatever a page asks it for. */
async function hold(context: BrowserContext, state: State): Promise<void> {
  if (state === "empty") return;
  await context.route("**/api/v1/**", async (route: Route) => {
    const { pathname, search } = new URL(route.request().url());
    if (OF_THE_FRAME.test(`${pathname}${search}`)) await route.fallback();
    else if (state === "failing")
      await route.fulfill({ status: 503, json: { code: "unavailable", message: "The server is busy.", extra: {} } });
  });
}

async function look(page: Page, state: State, route: string): Promise<Fault[]> {
  const faults: Fault[] = [];
  const waiting = page.locator("[role=status], [role=progressbar], .mantine-Skeleton-root, .mantine-Loader-root");
  await page.setViewportSize(SIZES.laptop);
  if (state === "loading") {
    const says = await appears(() => waiting.first().isVisible());
    if (!says) faults.push({ where: `${route}, loading`, what: "does not say that it is loading" });
  } else {
    const done = await appears(async () => (await waiting.count()) === 0);
    if (!done) faults.push({ where: `${route}, ${state}`, what: "goes on loading" });
  }
  if (state === "failing") {
    const says = await appears(() =>
      page
        .getByText(/Could not load|The server is busy/)
        .first()
        .isVisible(),
    );
    if (!says) faults.push({ where: `${route}, failing`, what: "does not say that it failed" });
  }
  for (const size of ["laptop", "phone"] as const) {
    await page.setViewportSize(SIZES[size]);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const where = `${route}, ${state}, ${size}, ${colorScheme}`;
      if (size === "laptop") faults.push(...(await faultsOf(page, where, colorScheme === "light")));
      const folder = path.join(PICTURES, "page-states", `${state}-${size}-${colorScheme}`);
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: path.join(folder, `${route.replaceAll(/[^\w-]+/g, "_")}.png`) });
    }
    if (await isWide(page)) faults.push({ where: `${route}, ${state}, ${size}`, what: "the page scrolls sideways" });
  }
  return faults;
}

/** Whether something becomes true within the time that an expectation may take. */
async function appears(seen: () => Promise<boolean>): Promise<boolean> {
  return expect
    .poll(seen, { timeout: 8_000 })
    .toBe(true)
    .then(
      () => true,
      () => false,
    );
}
