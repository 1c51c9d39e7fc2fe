/** What is judged of a page in one size and theme: axe, its width, and a walk through it by the Tab key. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

export interface Fault {
  readonly where: string;
  readonly what: string;
}

export const SIZES = {
  laptop: { width: 1280, height: 800 },
  window: { width: 1440, height: 900 },
  desk: { width: 2560, height: 1440 },
  phone: { width: 390, height: 844 },
} as const;

const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
/** Another theme changes nothing else. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];
const MOST_TABS = 400;

export async function faultsOf(page: Page, where: string, everything: boolean): Promise<Fault[]> {
  const axe = new AxeBuilder({ page });
  if (everything) axe.withTags(RULES);
  else axe.withRules(OF_COLOURS);
  const { violations } = await axe.analyze();
  return violations.map(({ id, help, nodes }) => ({
    where,
    what: `${id} (${help}): ${nodes.map(({ target, html }) => `${target.join(" ")} ${html.slice(0, 160)}`).join("; ")}`,
  }));
}

export function isWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

/** Whether something of the side bar is out of sight. */
export async function isCut(page: Page): Promise<boolean> {
  const rail = page.getByTestId("nav-scroll");
  if ((await rail.count()) === 0) return false;
  return rail.evaluate((bar) => bar.scrollHeight > bar.clientHeight + 1);
}

/** Tab goes on from each place, to one that can be seen, and comes round to the first again. */
export async function keyboardFaults(page: Page, where: string): Promise<Fault[]> {
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    document.querySelectorAll("[data-tabbed]").forEach((one) => one.removeAttribute("data-tabbed"));
  });
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate((number) => {
      const one = document.activeElement;
      if (one === null || one === document.body) return { came: null, name: "", hidden: false };
      const came = one.getAttribute("data-tabbed");
      if (came === null) one.setAttribute("data-tabbed", String(number));
      // A choice of a row of buttons is a radio without a size of its own: its label is what is seen.
      const label = one instanceof HTMLInputElement ? one.labels?.[0] : undefined;
      const { width, height } = (label ?? one).getBoundingClientRect();
      const name = `${one.tagName} ${one.getAttribute("aria-label") ?? one.textContent.slice(0, 40)}`;
      return { came, name, hidden: !(label ?? one).checkVisibility() || width * height === 0 };
    }, tabs);
    if (at.came === "0" || (at.name === "" && tabs > 0)) return [];
    if (at.came !== null) return [{ where, what: `the Tab key does not leave ${at.name}` }];
    if (at.hidden) return [{ where, what: `the focus goes where nothing is to be seen: ${at.name}` }];
  }
  return [{ where, what: `after ${String(MOST_TABS)} steps the Tab key has not come round` }];
}
