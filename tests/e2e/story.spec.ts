/** From a CT to a released data set in the browser, told by the people who do it. The steps build on each other. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { acceptInvitation, Board, Members, NewProject, Upload } from "./pages/project";
import { Workstation } from "./pages/workstation";
import { ACCOUNTS, expect, expectAccessible, picture, pictureInLooks, ROOT, test, type Account } from "./support";

test.describe.configure({ mode: "serial" });

const RATERS: readonly Account[] = ["rater1", "rater2", "rater3"];
const PYTHON = path.join(ROOT, ".venv", "bin", "python");
let folder = "";
let slug = "";
let releasePage = "";
let archive = "";

test.beforeAll(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), "vbstory-")), "spine");
  execFileSync(PYTHON, ["-m", "tests.e2e.phantom", folder], { cwd: ROOT });
});

test.afterAll(() => rmSync(path.dirname(folder), { recursive: true, force: true }));

test("the manager makes a project and brings people in", async ({ as }) => {
  const page = await as("manager");
  const project = new NewProject(page);
  await project.open();
  await picture(page, "new-project");
  const name = `Browser story ${Date.now()}`;
  slug = await project.create(name, "multi_rater");
  const members = new Members(page, slug);
  await members.open();
  for (const rater of RATERS) await members.invite(ACCOUNTS[rater], "Rater");
  await members.invite(ACCOUNTS.radiologist, "Radiologist");
  await members.invite(ACCOUNTS.radiologist2, "Radiologist");
  await members.invite(ACCOUNTS.researcher, "Researcher");
  await page.goto(`/projects/${slug}`);
  const step = (key: string) => page.getByTestId(`step-${key}`);
  await expect(step("people")).toHaveAttribute("data-done", "false");
  await expect(step("guidelines")).toHaveAttribute("data-done", "true");
  await pictureInLooks(page, "first-steps");
  for (const account of [...RATERS, "radiologist", "radiologist2", "researcher"] as const) {
    await acceptInvitation(await as(account), name);
  }
  await page.reload();
  await expect(step("people")).toHaveAttribute("data-done", "true");
  await expect(step("upload")).toHaveAttribute("data-done", "false");
});

test("an upload becomes a series with facts and an engine's run; a broken file is kept apart", async ({ as }) => {
  const page = await as("manager");
  const upload = new Upload(page, slug);
  await upload.open();
  await upload.folder(folder);
  await upload.results();
  await expect(page.getByTestId("series-card")).toHaveCount(1);
  await expect(page.getByTestId("refused-file")).toContainText("broken.nii.gz");
  await expect(page.getByTestId("run-state")).toContainText(/imported/i, { timeout: 120_000 });
  await expect(page.getByTestId("series-from")).toContainText(/^From .+ and 1 more file$/);
  await expect(page.getByTestId("series-levels")).toContainText(/ levels\)$/);
  await expect(page.getByTestId("next-step")).toContainText(/^Ready/);
  await picture(page, "upload");
  await page.goto(`/projects/${slug}/series`);
  await expect(page.getByTestId("series-table")).toBeVisible();
  await picture(page, "series");
  await page.goto(`/projects/${slug}/quarantine`);
  await expect(page.getByTestId("quarantined")).toHaveCount(1);
  await expect(page.getByTestId("quarantined")).toContainText("Convert the series again");
  await page.getByTestId("resolve").click();
  const settle = page.getByRole("button", { name: "Delete and resolve" });
  await expect(settle).toBeDisabled();
  await page.getByLabel("What was done about it").fill("A letter, sent back to the archive");
  await expectAccessible(page, "settling a quarantined file");
  await settle.click();
  await expect(page.getByText("Nothing in quarantine")).toBeVisible();
});

/** On somebody's first task the tour begins; left, it does not come back. */
async function leavesTheTour(page: Page): Promise<void> {
  await page.getByTestId("next-step").click();
  await expect(page.getByTestId("tour")).toContainText("2 of 5");
  await picture(page, "tour");
  await page.getByTestId("leave-tour").click();
  await page.reload();
  await new Workstation(page).loaded();
  await expect(page.getByTestId("tour")).toBeHidden();
}

for (const [index, rater] of RATERS.entries()) {
  // What the first does in full the others do in short: rate, save, grade, submit.
  const [inFull, last] = [index === 0, index === RATERS.length - 1];
  const does = inFull ? "corrects, grades, comes back" : "corrects, grades";
  test(`${rater} ${does} and submits${last ? ", and the open board follows" : ""}`, async ({ as }) => {
    const board = last ? new Board(await as("manager"), slug) : null;
    await board?.open();
    const page = await as(rater);
    const work = new Workstation(page);
    await work.takeNext(slug);
    if (index === 0) await leavesTheTour(page);
    await work.choose("L3");
    const before = { digest: await work.digest(), voxels: await work.count(22) };
    await work.tool(last ? "erase" : "circle");
    await work.stroke("axial", { x: 60, y: 30 });
    await work.saved();
    expect(await work.count(22)).not.toBe(before.voxels);
    if (inFull) {
      await work.undo();
      await expect.poll(() => work.digest()).toBe(before.digest);
      await work.stroke("sagittal", { x: 50, y: -20 });
      await work.saved();
      await picture(page, "workstation");
      const kept = await work.digest();
      await page.reload();
      await work.loaded();
      expect(await work.digest()).toBe(kept);
    }
    await work.gradeAll({ level: "L2", grade: last ? 1 : 2, type: "Wedge" });
    await work.submit();
    if (board === null) return;
    await expect(board.page.getByTestId("rater-progress")).toBeVisible();
    await board.stageHas("adjudicate", 1);
    await picture(board.page, "board-after-raters");
  });
}

test("the manager sees how the raters compare and what was fused", async ({ as }) => {
  const page = await as("manager");
  await page.goto(`/projects/${slug}/cases`);
  await page.getByTestId("case-table").getByRole("link").first().click();
  await page.getByTestId("open-consensus").click();
  await expect(page.getByTestId("agreement-grid")).toBeVisible();
  await expect(page.getByTestId("fusions")).toContainText(/majority/i);
  await expect(page.getByTestId("fusions")).toContainText(/staple/i);
  await picture(page, "consensus");
});

test("an expert settles what the raters disagree about", async ({ as }) => {
  const page = await as("radiologist");
  const work = new Workstation(page);
  await work.takeNext(slug);
  const items = page.locator('[data-testid^="item-"]');
  await expect(items.first()).toBeVisible();
  const names = (await items.evaluateAll((nodes) => nodes.map((node) => node.getAttribute("data-testid")))).map((id) =>
    (id ?? "").replace("item-", ""),
  );
  for (const name of names) {
    const item = page.getByTestId(`item-${name}`);
    await item.getByRole("button", { name, exact: true }).click();
    await item.getByTestId("take-fused").click();
    await expect(item).toContainText("Fused mask taken");
  }
  await picture(page, "adjudication");
  await work.grade({ level: "L2", grade: 2, type: "Wedge" });
  await work.allGraded();
  await work.submit();
});

test("another radiologist accepts the case", async ({ as }) => {
  const page = await as("radiologist2");
  const work = new Workstation(page);
  await work.takeNext(slug);
  await expect(page.getByTestId("agreed-grades")).toContainText("L2 2");
  await work.choose("L2");
  await page.keyboard.press("l");
  await expect(page.getByTestId("strip-L2")).toHaveAttribute("data-looked", "looked");
  await expect(page.getByTestId("save-state")).toHaveAttribute("data-kind", "saved");
  await page.reload();
  await work.loaded();
  await expect(page.getByTestId("strip-L2")).toHaveAttribute("data-looked", "looked");
  await picture(page, "review");
  await page.getByTestId("accept-case").click();
  await page.getByTestId("confirm-accept").click();
  await expect(page).not.toHaveURL(/assignments/);
});

test("the manager publishes a release, the researcher accepts the terms and downloads it", async ({ as, browser }) => {
  const manager = await as("manager");
  await manager.goto(`/projects/${slug}/releases`);
  await manager.getByTestId("new-release").first().click();
  await manager.getByTestId("release-title").fill("Browser spines");
  await manager.getByRole("textbox", { name: "Training" }).fill("0 %");
  await manager.getByRole("textbox", { name: "Validation" }).fill("100 %");
  await manager.getByRole("textbox", { name: "Test (" }).fill("0 %");
  await manager.getByRole("textbox", { name: "Approval and consent" }).fill("Phantoms consent to everything.");
  await manager.getByTestId("create-release").click();
  await manager.waitForURL(/\/releases\//);
  await manager.getByTestId("freeze").click();
  await manager.getByRole("button", { name: "Freeze for good" }).click();
  await expect(manager.getByTestId("release-files")).toBeVisible({ timeout: 120_000 });
  await picture(manager, "release");
  releasePage = manager.url();
  await manager.getByRole("tab", { name: "Publishing" }).click();
  await manager.getByTestId("page-public").check();
  await manager.getByTestId("save-page").click();
  await manager.getByTestId("publish").click();
  await manager.getByRole("dialog").getByRole("button", { name: "Publish now" }).click();
  await expect(manager.getByTestId("standing")).toContainText("Published since");

  const context = await browser.newContext();
  const visitor = await context.newPage();
  await visitor.goto(releasePage.replace("/releases/", "/data/"));
  await expect(visitor.getByTestId("release-page")).toContainText("Browser spines");
  await expect(visitor.getByTestId("page-table")).toBeVisible();
  await pictureInLooks(visitor, "public-page");
  await context.close();

  const researcher = await as("researcher");
  await researcher.goto(releasePage);
  await researcher.getByTestId("affiliation").fill("Browser laboratory");
  await researcher.getByTestId("purpose").fill("Reading it back");
  await researcher.getByTestId("agree").check();
  await researcher.getByTestId("accept-terms").click();
  const [download] = await Promise.all([
    researcher.waitForEvent("download"),
    researcher.getByRole("link", { name: "Download" }).first().click(),
  ]);
  const file = path.join(path.dirname(folder), "release.zip");
  await download.saveAs(file);
  archive = file;
  expect(statSync(file).size).toBeGreaterThan(10_000);
  const listing = execFileSync(PYTHON, ["-m", "zipfile", "-l", file], { encoding: "utf8" });
  expect(listing).toContain("_ct.nii.gz");
  expect(listing).toContain("_seg-vert_msk.nii.gz");
  expect(listing).toContain("_seg-subreg_ctd.json");
  const sheet = /\S+datasheet\.md/.exec(listing)?.[0] ?? "";
  const read = `import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode())`;
  expect(execFileSync(PYTHON, ["-c", read, file, sheet], { encoding: "utf8" })).toContain("Phantoms consent");
});

test("a team sends predictions to a challenge, and stands on its leaderboard", { tag: "@slow" }, async ({ as }) => {
  const manager = await as("manager");
  await manager.goto(releasePage);
  await manager.getByTestId("new-challenge").click();
  await manager.getByTestId("challenge-title").fill("Browser challenge");
  await manager.getByTestId("save-challenge").click();
  await manager.waitForURL(/\/challenges\//);
  await manager.getByTestId("add-phase-validation").click();
  await manager.getByTestId("save-phase").click();
  await expect(manager.getByTestId("phase-validation")).toContainText("open until");
  await manager.getByTestId("open-challenge").click();
  await manager.getByRole("dialog").getByRole("button", { name: "Open" }).click();
  await expect(manager.getByTestId("open-challenge")).toBeHidden();

  const page = await as("researcher");
  await page.goto("/");
  await page.getByTestId("nav-challenges").click();
  await page.getByTestId("challenge-row").filter({ hasText: "Browser challenge" }).click();
  await expect(page.getByTestId("make-team")).toBeDisabled();
  await page.getByTestId("team-name").fill("Browser team");
  await page.getByTestId("accept-rules").check();
  await page.getByTestId("make-team").click();
  await expect(page.getByTestId("teams")).toContainText("my team");
  await expectAccessible(page, "a challenge");
  await test.step("the window is closed in the middle, and the same file goes on from there", async () => {
    const large = `${archive}.large.zip`;
    // the answers themselves, and more than one piece of something else
    const grow =
      "import os, shutil, sys, zipfile; shutil.copy(*sys.argv[1:]); zipfile.ZipFile(sys.argv[2], 'a').writestr('notes', os.urandom(20 << 20))";
    execFileSync(PYTHON, ["-c", grow, archive, large]);
    const other = await page.context().newPage();
    let pieces = 0;
    await other.route("**/api/v1/uploads/predictions/*/", async (route) => {
      if (route.request().method() !== "PATCH" || (pieces += 1) < 2) await route.continue();
    });
    await other.goto(page.url());
    await other.getByRole("tab", { name: "Submissions" }).click();
    await other.getByLabel("Archive to send").first().setInputFiles(large);
    await expect.poll(() => pieces).toBe(2);
    await other.close();
    await page.getByRole("tab", { name: "Submissions" }).click();
    await expect(page.getByTestId("pending-archive")).toContainText("have arrived. Choose the same file again");
    await expectAccessible(page, "an archive that was broken off");
    const next = page.waitForRequest((request) => request.method() === "PATCH");
    await page.getByLabel("Archive to send").first().setInputFiles(large);
    expect((await next).headers()["upload-offset"]).toBe(String(8 << 20));
  });
  await expect(page.getByTestId("submission-state")).toHaveText("Evaluated", { timeout: 120_000 });
  await pictureInLooks(page, "challenge-submissions");
  await page.getByRole("tab", { name: "Leaderboard" }).click();
  await expect(page.getByTestId("leaderboard")).toContainText("Browser team");
  await expect(page.getByTestId("leaderboard")).toContainText("1.000");
  await expectAccessible(page, "a leaderboard");
  await pictureInLooks(page, "challenge-leaderboard");
});
