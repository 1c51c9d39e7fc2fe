/** Nothing that is done without a network is lost, whatever it is: kept, said, and with the server once when one is back. */
import type { Page } from "@playwright/test";
import { openAssignment, Workstation } from "./pages/workstation";
import {
  ACCOUNTS,
  closeTab,
  comeBack,
  expect,
  expectAccessible,
  PASSWORD,
  picture,
  prepare,
  signIn,
  test,
} from "./support";

interface Ids {
  readonly rate: string;
  readonly adjudicate: string;
  readonly review: string;
}

let ids: Ids;

test.beforeAll(() => {
  test.setTimeout(300_000);
  ids = prepare<Ids>("offline_work");
});

async function answerOf<T>(page: Page, id: string, rest = ""): Promise<T> {
  const answer = await page.request.get(`/api/v1/assignments/${id}${rest}`);
  expect(answer.ok(), `${rest}: ${answer.status()}`).toBe(true);
  return (await answer.json()) as T;
}
const lengthOf = async (page: Page, id: string, rest: string): Promise<number> =>
  (await answerOf<unknown[]>(page, id, rest)).length;

const stateText = (page: Page) => page.getByTestId("save-state");

async function signInAs(page: Page, email: string): Promise<void> {
  await page.context().clearCookies({ name: "sessionid" });
  await page.goto("/sign-in");
  await page.getByTestId("email").fill(email);
  await page.getByTestId("password").fill(PASSWORD);
  await page.getByTestId("sign-in").click();
  await expect(page).not.toHaveURL(/sign-in/);
}

test("a rater's stroke, grades and note", async ({ browser }) => {
  test.setTimeout(400_000);
  const problems: string[] = [];
  const { context, page: first } = await signIn(browser, "rater1", problems);
  await openAssignment(first, ids.rate);
  const work = new Workstation(first);
  await work.loaded();
  const { session, gradable } = await answerOf<{ session: { revision: number }; gradable: number[] }>(first, ids.rate);
  const strokes = await lengthOf(first, ids.rate, "/operations?after=0");
  expect(session.revision).toBe(strokes);
  await first.getByTestId("tab-grade").click();
  await expect(first.getByTestId("graded-count")).toContainText("0 of");
  await first.getByTestId("tab-notes").click();
  await expect(first.getByText("No notes yet.")).toBeVisible();

  await context.setOffline(true);
  await work.tool("sphere");
  await work.stroke("sagittal", { x: 40, y: 20 });
  await first.getByTestId("tab-notes").click();
  await first.getByRole("textbox", { name: /New note/ }).fill("Is this the facet?");
  await first.getByTestId("add-note").click();
  await expect(first.getByTestId("thread")).toContainText("not sent yet");
  await first.getByTestId("tab-grade").click();
  await first.getByTestId("grade-1").click();
  await expect(first.getByTestId("grade-1"), "shown as given").toHaveAttribute("aria-pressed", "true");
  await expect(stateText(first)).toHaveText("Offline, 1 edit, 1 grade and 1 note kept in this browser", {
    timeout: 60_000,
  });
  await picture(first, "offline-rater");
  await expectAccessible(first, "work without a network");
  const painted = await work.digest();
  await closeTab(first);

  const second = await comeBack(context, "/");
  const kept = second.getByTestId("kept-work");
  await test.step("grade and note go out from any page, the stroke waits to be looked at", async () => {
    await expect.poll(() => lengthOf(second, ids.rate, "/gradings"), { timeout: 60_000 }).toBe(1);
    await expect.poll(() => lengthOf(second, ids.rate, "/comments"), { timeout: 60_000 }).toBe(1);
    await expect(kept).toContainText("1 edit, to be looked at and sent");
    await picture(second, "offline-kept");
    await expectAccessible(second, "kept work on a page");
    expect(await lengthOf(second, ids.rate, "/operations?after=0")).toBe(strokes);
  });

  await test.step("the stroke is offered, applied, and with the server once", async () => {
    await kept.getByRole("link").click();
    const again = new Workstation(second);
    await again.loaded();
    await expect(second.getByTestId("recovery")).toBeVisible();
    await second.getByTestId("apply-kept").click();
    await expect(second.getByTestId("recovery")).toBeHidden();
    await again.saved();
    expect(await again.digest()).toBe(painted);
    expect(await lengthOf(second, ids.rate, "/operations?after=0")).toBe(strokes + 1);
    expect(await lengthOf(second, ids.rate, "/gradings")).toBe(1);
    expect(await lengthOf(second, ids.rate, "/comments")).toBe(1);
  });

  await test.step("handed in while a change is shown that was not made: what is on the server is what counts", async () => {
    await second.getByTestId("tab-grade").click();
    await second.getByText("Wedge", { exact: true }).click();
    await second.getByTestId("normal-rest").click();
    await new Workstation(second).allGraded();
    await new Workstation(second).saved();
    expect(await lengthOf(second, ids.rate, "/gradings")).toBe(gradable.length);
    await second.getByTestId("tab-edit").click();
    await second.getByTestId("whole-vertebra").click();
    await second.getByTestId("do-smooth").click();
    await expect(second.getByTestId("preview")).toBeVisible({ timeout: 60_000 });
    await picture(second, "preview-layer");
    expect(await new Workstation(second).digest()).toBe(painted);
    await new Workstation(second).submit();
    const { state, active_seconds: seconds } = await answerOf<{ state: string; active_seconds: number }>(
      second,
      ids.rate,
    );
    expect(state).toBe("submitted");
    expect(seconds).toBeGreaterThan(0);
  });
  expect(problems.filter((problem) => !problem.includes("console:"))).toEqual([]);
  await context.close();
});

test("an expert's choice, which the server makes in the mask", { tag: "@slow" }, async ({ browser }) => {
  test.setTimeout(400_000);
  const problems: string[] = [];
  const { context, page: first } = await signIn(browser, "radiologist", problems);
  await openAssignment(first, ids.adjudicate);
  await new Workstation(first).loaded();
  interface Detail {
    readonly adjudication: {
      readonly items: readonly {
        label: number;
        reason: string;
        decision: { choice: string; slot: string | null } | null;
      }[];
    };
  }
  const before = await answerOf<Detail>(first, ids.adjudicate);
  const at = before.adjudication.items.findIndex(({ reason, decision }) => reason !== "grade" && decision === null);
  const label = before.adjudication.items[at]?.label;
  const operations = await lengthOf(first, ids.adjudicate, "/operations?after=0");
  const item = first.locator('[data-testid^="item-"]').nth(at);
  await item.getByRole("button").first().click();

  await context.setOffline(true);
  await item.getByTestId("take-A").click();
  await expect(item, "shown as given").toContainText("Taken from A");
  await expect(stateText(first)).toHaveText("Offline, 1 decision kept in this browser", { timeout: 60_000 });
  await expect(first.getByTestId("mask-waits")).toBeVisible();
  expect(
    await first.evaluate(
      () => (window as unknown as { __vertebase: { state(): { canEdit: boolean } } }).__vertebase.state().canEdit,
    ),
  ).toBe(false);
  await picture(first, "offline-choice");
  await closeTab(first);

  const second = await comeBack(context, `/assignments/${ids.adjudicate}`);
  const work = new Workstation(second);
  await work.loaded();
  const after = await answerOf<Detail>(second, ids.adjudicate);
  expect(after.adjudication.items.find((row) => row.label === label)?.decision).toMatchObject({
    choice: "rater",
    slot: "A",
  });
  expect(await lengthOf(second, ids.adjudicate, "/operations?after=0")).toBe(operations + 1);
  const answer = await second.request.get(`/api/v1/assignments/${ids.adjudicate}/mask`);
  expect(await work.digest()).toBe(answer.headers()["x-vertebase-digest"]);

  await test.step("with the network back in the same tab the mask follows", async () => {
    await context.setOffline(true);
    const other = second.locator('[data-testid^="item-"]').nth(at);
    await other.getByRole("button").first().click();
    await other.getByTestId("take-B").click();
    await expect(stateText(second)).toContainText("Offline, 1 decision", { timeout: 60_000 });
    await context.setOffline(false);
    await work.saved();
    expect(await lengthOf(second, ids.adjudicate, "/operations?after=0")).toBe(operations + 2);
    const now = await second.request.get(`/api/v1/assignments/${ids.adjudicate}/mask`);
    expect(await work.digest()).toBe(now.headers()["x-vertebase-digest"]);
    await expect(second.getByTestId("mask-waits")).toBeHidden();
  });
  expect(problems.filter((problem) => !problem.includes("console:"))).toEqual([]);
  await context.close();
});

test("a reviewer's decision, and nothing of it under another account", async ({ browser }) => {
  test.setTimeout(400_000);
  const problems: string[] = [];
  const { context, page: first } = await signIn(browser, "radiologist2", problems);
  await openAssignment(first, ids.review);
  await new Workstation(first).loaded();
  await expect(first.getByTestId("accept-case")).toBeEnabled();

  await context.setOffline(true);
  await first.getByTestId("accept-case").click();
  await first.getByTestId("confirm-accept").click();
  await expect(stateText(first)).toHaveText("Offline, 1 decision kept in this browser", { timeout: 60_000 });
  await closeTab(first);

  await context.setOffline(false);
  const second = await context.newPage();
  await test.step("somebody else signs in on this browser", async () => {
    await signInAs(second, ACCOUNTS.radiologist);
    await expect(second.getByTestId("kept-work")).toContainText("Of another account: 1 decision");
    await picture(second, "offline-of-another");
  });
  await test.step("it goes out when its owner is back", async () => {
    await signInAs(second, ACCOUNTS.radiologist2);
    await expect
      .poll(async () => (await answerOf<{ state: string }>(second, ids.review)).state, { timeout: 60_000 })
      .toBe("submitted");
    await expect(second.getByTestId("kept-work")).toHaveCount(0);
  });
  expect(problems.filter((problem) => !problem.includes("console:"))).toEqual([]);
  await context.close();
});
