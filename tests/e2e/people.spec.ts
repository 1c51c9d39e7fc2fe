/** What people are asked and told beside their work: names, numbers, scans, invitations, plans, failed uploads. */
import type { Page } from "@playwright/test";
import { Members, Upload } from "./pages/project";
import { dragMiddleLine, openAssignment, Workstation, type MeasuredRow } from "./pages/workstation";
import { ACCOUNTS, ALWAYS_DARK, closeTab, comeBack, expect, pictureInLooks, prepare, signIn, test } from "./support";

interface Scene {
  /** Assignments of rater1 and rater2 on a case whose names are a guess. */
  readonly banner: string;
  readonly offline: string;
  /** Work of rater1 in the first stage of the project `staged`. */
  readonly inHand: string;
  readonly staged: string;
  /** A CT with a mask in another program's numbers, and the same CT again. */
  readonly files: string;
}

let scene: Scene;

test.beforeAll(() => {
  test.setTimeout(400_000);
  scene = prepare<Scene>("people_work");
});

async function answerOf<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(`/api/v1${path}`);
  expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
  return (await answer.json()) as T;
}

const LEVELS_NOW = "window.__vertebase.state().levels.map(({ label }) => label)";

test("guessed names are answered: right, renamed, cannot be told", { tag: "@slow" }, async ({ browser }) => {
  test.setTimeout(300_000);
  const problems: string[] = [];
  const { context, page } = await signIn(browser, "rater1", problems);
  await openAssignment(page, scene.banner);
  const work = new Workstation(page);
  await work.loaded();
  const banner = page.getByTestId("naming-banner");
  await expect(banner).toContainText("Are the names right?");
  await pictureInLooks(page, "people-naming-asked", ALWAYS_DARK);

  await test.step("renamed, though none was: refused with the reason, and answered anew", async () => {
    await page.getByTestId("names-renamed").click();
    await expect(page.getByTestId("refused")).toContainText("No name was changed yet");
    await pictureInLooks(page, "people-naming-refused", ALWAYS_DARK);
    await page.getByTestId("names-confirmed").click();
    await expect(banner).toContainText("You said: the names are right.");
    await expect(page.getByTestId("refused")).toHaveCount(0);
    await work.saved();
    await pictureInLooks(page, "people-naming-confirmed", ALWAYS_DARK);
  });

  await test.step("another count is one click and one step, and makes the question open again", async () => {
    await page.getByTestId("names-anchor").click();
    const before = await page.evaluate<number[]>(LEVELS_NOW);
    const up = page.getByTestId("names-alternative").filter({ hasText: "One up" });
    await up.click();
    await expect.poll(() => page.evaluate<number[]>(LEVELS_NOW)).toEqual(before.map((label) => label - 1));
    await page.getByTestId("undo").click();
    await expect.poll(() => page.evaluate<number[]>(LEVELS_NOW), "one step back").toEqual(before);
    await up.click();
    await expect(page.getByTestId("names-alternatives")).toContainText("One down");
    await expect(banner).toContainText("Names were changed since you answered");
    await pictureInLooks(page, "people-naming-outdated", ALWAYS_DARK);
    await page.getByTestId("names-renamed").click();
    await expect(banner).toContainText("You said: renamed, and right now.");
  });

  await test.step("cannot be told", async () => {
    await page.getByTestId("names-again").click();
    await page.getByTestId("names-unknown").click();
    await expect(banner).toContainText("You said: cannot be told from this scan.");
    await work.saved();
  });
  const { naming_question: kept } = await answerOf<{ naming_question: { answer: string } }>(
    page,
    `/assignments/${scene.banner}`,
  );
  expect(kept.answer).toBe("unknown");
  // The refused answer is a 409, which Chromium logs as an error.
  expect(problems.filter((problem) => !problem.includes("409"))).toEqual([]);
  await context.close();
});

test("a name's answer, moved lines and a moved region, offline", { tag: "@slow" }, async ({ browser }) => {
  test.setTimeout(300_000);
  const problems: string[] = [];
  const { context, page: first } = await signIn(browser, "rater2", problems);
  await openAssignment(first, scene.offline);
  await new Workstation(first).loaded();
  await first.getByTestId("tab-grade").click();
  const measured = first.getByTestId("measured");
  await expect(measured).toBeVisible();
  await expect(measured).not.toContainText("by your lines");
  const label = await first.evaluate<number>("window.__vertebase.state().activeLabel");
  const [row] = await answerOf<MeasuredRow[]>(first, `/assignments/${scene.offline}/measurements?label=${label}`);

  await context.setOffline(true);
  await first.getByTestId("names-confirmed").click();
  await expect(first.getByTestId("naming-banner"), "shown as given").toContainText("You said: the names are right.");
  await dragMiddleLine(first, row, 4);
  await expect(measured, "shown as moved").toContainText("Heights, by your lines");
  await first.getByLabel("Size of the region of interest").press("ArrowLeft");
  await expect(measured).toContainText("Bone, your region");
  const typed = first.getByTestId("grade-form").getByLabel(/Comment/);
  await typed.fill("Is this a Schmorl node?");
  await typed.blur();
  await expect(first.getByTestId("save-state")).toHaveText(
    "Offline, 1 answer and 2 measurements kept in this browser",
    { timeout: 60_000 },
  );
  await pictureInLooks(first, "people-offline-measured", ALWAYS_DARK);
  await closeTab(first);

  const second = await comeBack(context, "/");
  interface Kept {
    readonly own_lines: { readonly middle_mm: number } | null;
    readonly own_region: { readonly scale: number } | null;
    readonly middle_mm: number;
  }
  await test.step("all of it goes out from any page", async () => {
    await expect
      .poll(
        async () =>
          (await answerOf<Kept[]>(second, `/assignments/${scene.offline}/measurements?label=${label}`))[0]?.own_region
            ?.scale,
        { timeout: 60_000 },
      )
      .toBe(0.9);
    const [kept] = await answerOf<Kept[]>(second, `/assignments/${scene.offline}/measurements?label=${label}`);
    expect((kept?.own_lines?.middle_mm ?? 0) - (kept?.middle_mm ?? 0)).toBeGreaterThan(2);
    const detail = await answerOf<{ naming_question: { answer: string } }>(second, `/assignments/${scene.offline}`);
    expect(detail.naming_question.answer).toBe("confirmed");
    await expect(second.getByTestId("kept-work")).toHaveCount(0);
  });
  await test.step("a comment that waits for its grade is there again", async () => {
    await openAssignment(second, scene.offline);
    await second.getByTestId("tab-grade").click();
    await expect(second.getByTestId("grade-form").getByLabel(/Comment/)).toHaveValue("Is this a Schmorl node?");
    await expect(second.getByTestId("measured")).toContainText("Heights, by your lines");
  });
  expect(problems.filter((problem) => !problem.includes("console:"))).toEqual([]);
  await context.close();
});

test("numbers of another program are confirmed, a repeated scan is judged", { tag: "@slow" }, async ({ as }) => {
  test.setTimeout(300_000);
  const page = await as("manager");
  const upload = new Upload(page, scene.staged);
  await upload.open();
  await upload.folder(scene.files);
  await upload.results();
  const held = page.getByTestId("held-masks");

  await test.step("the mask is left out, and that is taken back", async () => {
    await held.getByRole("button", { name: "Do without this mask" }).click();
    await page.getByRole("button", { name: "Do without it" }).click();
    const leftOut = page.getByTestId("left-out-masks");
    await expect(leftOut).toBeVisible();
    await expect(held).toHaveCount(0);
    await pictureInLooks(page, "people-mask-left-out");
    await leftOut.getByRole("button", { name: /^Read the numbers of/ }).click();
    await expect(held).toBeVisible();
    await expect(leftOut).toHaveCount(0);
  });

  await test.step("the table is shown with its sizes, and a level twice is not taken", async () => {
    await expect(held).toContainText("TotalSegmentator");
    await held.scrollIntoViewIfNeeded();
    await pictureInLooks(page, "people-numbering");
    const levels = held.getByRole("combobox", { name: /^Level of number/ });
    const right = await levels.nth(1).inputValue();
    await levels.nth(1).selectOption(await levels.nth(0).inputValue());
    await expect(held.getByRole("alert")).toBeVisible();
    await expect(page.getByTestId("confirm-numbering")).toBeDisabled();
    await pictureInLooks(page, "people-numbering-twice");
    await levels.nth(1).selectOption(right);
    await page.getByTestId("confirm-numbering").click();
    await expect(page.getByText("The mask is used with these levels.")).toBeVisible();
    await expect(held).toHaveCount(0);
  });

  await test.step("the manager says that it is one patient", async () => {
    await page.goto(`/projects/${scene.staged}/series`);
    const pair = page.getByTestId("same-scan");
    await expect(pair).toBeVisible();
    await pictureInLooks(page, "people-same-scan");
    await pair.getByRole("button", { name: "Same scan, keep one" }).click();
    await page.getByLabel("How you know").fill("The archive sent it twice");
    await pictureInLooks(page, "people-same-scan-reason");
    await page.getByRole("dialog").getByRole("button", { name: "Same scan, keep one" }).click();
    await expect(page.getByText("The answer is kept.")).toBeVisible();
    await expect(pair).toHaveCount(0);
  });
});

test("a failed upload is withdrawn with its files", { tag: "@slow" }, async ({ as }) => {
  const page = await as("manager");
  await new Upload(page, scene.staged).open();
  await page.getByRole("button", { name: /failed/ }).click();
  await expect(page.getByText("Processing failed")).toBeVisible();
  await pictureInLooks(page, "people-failed-upload");
  await page.getByTestId("withdraw").click();
  await pictureInLooks(page, "people-withdraw");
  await page.getByRole("button", { name: "Delete the files" }).click();
  await expect(page.getByText("This upload was withdrawn")).toBeVisible();
  await page.reload();
  await expect(page.getByTestId("drop-area")).toBeVisible();
  await expect(page.getByRole("button", { name: /failed/ })).toHaveCount(0);
});

test("a stage with open work goes only with a plan for it", { tag: "@slow" }, async ({ as, browser }) => {
  const problems: string[] = [];
  const { context, page } = await signIn(browser, "manager", problems);
  await page.goto(`/projects/${scene.staged}/settings`);
  await page.getByTestId("take-out-student").click();
  await page.getByTestId("save-protocol").click();
  const plan = page.getByTestId("stage-plan");
  await expect(plan).toContainText("1 in somebody's hands");
  await expect(page.getByTestId("confirm-plan")).toBeDisabled();
  await pictureInLooks(page, "people-stage-plan");
  await page.getByTestId("withdraw-student").check();
  await page.getByTestId("confirm-plan").click();
  await expect(page.getByText("The protocol is saved.")).toBeVisible();
  await page.reload();
  await expect(page.getByTestId("save-protocol")).toBeVisible();
  await expect(page.getByTestId("take-out-student")).toHaveCount(0);
  const rater = await as("rater1");
  const work = await rater.request.get(`/api/v1/assignments/${scene.inHand}`);
  expect(work.status(), "it was taken back").toBe(404);
  // The question itself is a 409, which Chromium logs as an error.
  expect(problems.filter((problem) => !problem.includes("409"))).toEqual([]);
  await context.close();
});

test("people accept or decline, and nobody takes up another's invitation", { tag: "@slow" }, async ({ as }) => {
  const manager = await as("manager");
  const members = new Members(manager, scene.staged);
  await members.open();
  await members.invite(ACCOUNTS.researcher, "Researcher");
  await members.invite(ACCOUNTS.rater3, "Rater");
  await manager.getByTestId("invite-email").fill("else@hospital.test");
  await manager.getByTestId("invite").click();
  const link = await manager.getByTestId("invitation-link").innerText();
  await pictureInLooks(manager, "people-invitation-link");
  await manager.getByRole("button", { name: "Done" }).click();

  const researcher = await as("researcher");
  await researcher.goto("/");
  const offer = researcher.getByTestId("my-invitations");
  await expect(offer).toContainText("Take part in Stages");
  await pictureInLooks(researcher, "people-invited");
  await test.step("a link for another address is not taken up", async () => {
    await researcher.goto(link);
    await expect(researcher.getByRole("alert")).toContainText("this invitation is for another address");
    await expect(researcher.getByTestId("join")).toHaveCount(0);
    await pictureInLooks(researcher, "people-wrong-address");
  });
  await researcher.goto("/");
  await offer.getByRole("button", { name: /^Accept Stages/ }).click();
  await expect(researcher.getByText(/You take part in Stages/)).toBeVisible();
  await expect(offer).toHaveCount(0);

  const rater = await as("rater3");
  await rater.goto("/");
  await rater.getByRole("button", { name: /^Decline Stages/ }).click();
  await expect(rater.getByText(/You declined Stages/)).toBeVisible();

  await members.open();
  const invited = manager.getByTestId("invitations");
  await expect(invited.getByRole("row", { name: new RegExp(ACCOUNTS.rater3) })).toContainText("Declined");
  await expect(invited).not.toContainText(ACCOUNTS.researcher);
  await expect(manager.getByTestId("members")).toContainText("Researcher");
  await expect(manager.getByTestId("members")).not.toContainText(ACCOUNTS.rater3);
  await pictureInLooks(manager, "people-invited-list");
});
