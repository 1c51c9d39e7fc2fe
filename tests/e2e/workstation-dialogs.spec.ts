/** Every panel, menu and dialog of the workstation, opened by its button and judged by axe, whichever theme the computer has. */
import type { Page } from "@playwright/test";
import { openAssignment, openCorrection, openedAdjudication, Workstation } from "./pages/workstation";
import { faultsOf, type Fault } from "./pages/walk";
import { expect, LAPTOP, picture, prepare, test } from "./support";

type Theme = "light" | "dark";

class Look {
  readonly faults: Fault[] = [];

  constructor(
    readonly page: Page,
    private readonly theme: Theme,
    private readonly who: string,
  ) {}

  /** Names, roles and sizes do not depend on the theme: those are judged in one. */
  async judge(name: string): Promise<void> {
    const still = () =>
      this.page
        .getByRole("dialog")
        .evaluateAll((dialogs) => dialogs.every((dialog) => getComputedStyle(dialog).opacity === "1"));
    await expect.poll(still).toBe(true);
    this.faults.push(...(await faultsOf(this.page, `${this.who}: ${name}, ${this.theme}`, this.theme === "light")));
    await picture(this.page, `dialogs-${this.who}-${name.replaceAll(/[^\w-]+/g, "-")}-${this.theme}`);
  }

  /** A dialog, judged and left by Escape. */
  async dialog(name: string, open: () => Promise<void>): Promise<void> {
    await open();
    const dialog = this.page.getByRole("dialog").last();
    await expect(dialog).toBeVisible();
    await this.judge(name);
    await this.page.keyboard.press("Escape");
    await expect(this.page.getByRole("dialog")).toHaveCount(0);
  }

  async panels(): Promise<void> {
    const tabs = this.page.locator('[data-testid^="tab-"]');
    for (let at = 0; at < (await tabs.count()); at += 1) {
      const tab = tabs.nth(at);
      await tab.click();
      // All of them: among the closed ones alone the third is the second once the first is open.
      for (const fold of await this.page.locator("aside .mantine-Accordion-control:visible").all())
        if ((await fold.getAttribute("aria-expanded")) === "false") await fold.click();
      await this.judge((await tab.getAttribute("data-testid")) ?? "tab");
    }
  }

  async layouts(): Promise<void> {
    const names = await this.page
      .locator('[data-testid^="layout-"]')
      .evaluateAll((buttons) => buttons.map((button) => (button as HTMLElement).dataset["testid"] ?? ""));
    for (const name of names) {
      await this.page.getByTestId(name).click();
      await this.judge(name);
    }
    await this.page.getByTestId(names[0] ?? "").click();
  }

  async tools(): Promise<void> {
    for (const tool of await this.page.locator('[data-testid^="tool-"]').all()) {
      await tool.click();
      await this.judge((await tool.getAttribute("data-testid")) ?? "tool");
    }
    await this.page.getByTestId("tool-crosshair").click();
  }
}

interface Reviews {
  readonly returned: string;
  readonly review: string;
}

let reviews: Reviews | undefined;

/** A case to review and one that came back from it, made once for both themes. */
function reviewWork(): Reviews {
  reviews ??= prepare<Reviews>("review_work");
  return reviews;
}

async function begin(page: Page, theme: Theme): Promise<void> {
  await page.setViewportSize(LAPTOP);
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
}

for (const theme of ["light", "dark"] as const) {
  test(`what a rater opens in the workstation is accessible, ${theme}`, { tag: "@slow" }, async ({ as }) => {
    const page = await as("rater2");
    const look = new Look(page, theme, "rater");
    await begin(page, theme);
    await openCorrection(page);
    await new Workstation(page).loaded();
    await look.judge("the page");
    await page.getByTestId("tab-edit").click();
    await look.tools();
    await look.panels();
    await look.layouts();
    await look.dialog("keys", () => page.getByTestId("show-keys").click());
    await look.dialog("guidelines", () => page.getByTestId("open-guidelines").click());
    await look.dialog("tell the manager", () => page.getByTestId("open-concern").click());
    await look.dialog("submit", () => page.getByTestId("submit").click());
    await look.dialog("a level to add", () => page.getByTestId("add-level").click());
    await page.getByTestId("tab-edit").click();
    await look.dialog("window", () => page.getByTestId("window-more").click());
    const row = page.getByTestId("vertebra-list").locator('[data-testid^="level-"]').nth(1);
    await row.click({ button: "right" });
    await expect(page.getByTestId("menu-rename")).toBeVisible();
    await look.judge("the menu of a level");
    await look.dialog("names of levels", () => page.getByTestId("menu-rename").click());
    await row.click({ button: "right" });
    await look.dialog("names that would change", () => page.getByTestId("menu-all-up").click());
    await page.getByTestId("strip-fold").click();
    await look.judge("pictures folded away");
    await page.getByTestId("strip-fold").click();
    expect(look.faults, "what is amiss").toEqual([]);
  });

  test(`what an adjudicator opens in the workstation is accessible, ${theme}`, { tag: "@slow" }, async ({ as }) => {
    let page = await as("radiologist");
    await begin(page, theme);
    if (!(await openedAdjudication(page))) {
      page = await as("radiologist2");
      await begin(page, theme);
      expect(await openedAdjudication(page)).toBe(true);
    }
    const look = new Look(page, theme, "adjudicator");
    await look.judge("the page");
    await look.panels();
    await page.getByTestId("tab-items").click();
    await page.getByTestId("side-by-side").click();
    await expect(page.getByTestId("rater-panes")).toBeVisible();
    await look.judge("masks side by side");
    await page.getByTestId("side-by-side").click();
    await page.getByTestId("changes").click();
    await look.judge("what has changed");
    await look.dialog("submit", () => page.getByTestId("submit").click());
    expect(look.faults, "what is amiss").toEqual([]);
  });

  test(`what a reviewer opens, and work that came back, is accessible, ${theme}`, { tag: "@slow" }, async ({ as }) => {
    test.setTimeout(400_000);
    const { returned, review } = reviewWork();
    const reviewer = await as("radiologist2");
    await begin(reviewer, theme);
    await openAssignment(reviewer, review);
    await new Workstation(reviewer).loaded();
    const seen = new Look(reviewer, theme, "reviewer");
    await seen.judge("the page");
    await seen.panels();
    await reviewer.getByTestId("tab-review").click();
    await seen.dialog("accept", () => reviewer.getByTestId("accept-case").click());
    const expert = await as("radiologist");
    await begin(expert, theme);
    await openAssignment(expert, returned);
    await new Workstation(expert).loaded();
    const back = new Look(expert, theme, "adjudicator");
    await expect(expert.getByText("the posterior wall is two voxels too far back").first()).toBeVisible();
    await back.judge("came back");
    await back.panels();
    await back.dialog("submit what came back", () => expert.getByTestId("submit").click());
    expect([...seen.faults, ...back.faults], "what is amiss").toEqual([]);
  });
}
