/** A manager groups people and gives them work, rules with a picture are read before it, and a question changes them. */
import { crc32, deflateSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { Workstation } from "./pages/workstation";
import { ALWAYS_DARK, expect, pictureInLooks, prepare, signIn, test } from "./support";

let slug = "";

test.beforeAll(() => {
  test.setTimeout(400_000);
  ({ slug } = prepare<{ slug: string }>("groups_work"));
});

/** A grey square as PNG. */
function png(size = 64): Buffer {
  const chunk = (kind: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head[8] = 8; // bits of each grey value
  const rows = Buffer.concat(
    Array.from({ length: size }, () => Buffer.concat([Buffer.of(0), Buffer.alloc(size, 128)])),
  );
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.of())]);
}

async function publish(page: Page, changes: string, mustRead: boolean): Promise<void> {
  await page.getByTestId("guidelines-publish").click();
  await page.getByTestId("guidelines-changes").fill(changes);
  if (mustRead) await page.getByRole("checkbox", { name: /Everybody reads it/ }).check();
  await pictureInLooks(page, `groups-publish-${mustRead ? "read" : "answer"}`);
  await page.getByTestId("guidelines-publish-now").click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
}

test(
  "a group gets work, rules are read before it, and a question changes them",
  { tag: "@slow" },
  async ({ browser }) => {
    test.setTimeout(400_000);
    const problems: string[] = [];
    const { context, page } = await signIn(browser, "manager", problems);
    const { context: ofRater, page: rater } = await signIn(browser, "rater3", problems);

    await test.step("two of three raters become a group, and the list shows them alone", async () => {
      await page.goto(`/projects/${slug}/members`);
      const ticks = page.getByRole("checkbox", { name: /as rater$/ });
      await expect(ticks).toHaveCount(3);
      await ticks.nth(0).check();
      await ticks.nth(1).check();
      await page.getByTestId("new-group").click();
      await page.getByTestId("group-name").fill("Students");
      await page.getByTestId("save-group").click();
      await expect(page.getByRole("dialog")).toHaveCount(0);
      const filter = page.getByTestId("group-filter");
      if ((await filter.inputValue()) === "") {
        await filter.click();
        await page.getByRole("option", { name: "Students" }).click();
      }
      await expect(ticks).toHaveCount(2);
      await pictureInLooks(page, "groups-members");
    });

    await test.step("the rating is the group's alone, for now", async () => {
      await page.goto(`/projects/${slug}/settings?tab=protocol`);
      const only = page.getByRole("combobox", { name: "Only for the group" }).first();
      await only.click();
      await page.getByRole("option", { name: "Students" }).click();
      await pictureInLooks(page, "groups-protocol");
      await page.getByTestId("save-protocol").click();
      await expect(page.getByText("The protocol is saved.")).toBeVisible();
      await rater.goto(`/projects/${slug}`);
      await rater.getByTestId(`next-task-${slug}`).first().click();
      await expect(rater.getByText("No task for you at the moment")).toBeVisible();
      await pictureInLooks(rater, "groups-nothing-for-others");
      await page
        .getByRole("button", { name: "Clear" })
        .or(page.locator(".mantine-InputClearButton-root"))
        .first()
        .click();
      await page.getByTestId("save-protocol").click();
      await expect(page.getByTestId("save-protocol")).toBeDisabled();
    });

    await test.step("both cases are spread over the group", async () => {
      await page.goto(`/projects/${slug}/cases`);
      await page.getByRole("checkbox", { name: "Select all cases of this page" }).check();
      await page.getByTestId("bulk-distribute").click();
      await page.getByTestId("bulk-group").click();
      await page.getByRole("option", { name: "Students" }).click();
      await page.getByTestId("bulk-preview").click();
      await expect(page.getByTestId("bulk-would")).toContainText("2");
      await pictureInLooks(page, "groups-spread");
      await page.getByTestId("bulk-confirm").click();
      await expect(page.getByRole("dialog")).toHaveCount(0);
    });

    await test.step("rules with a picture, to be read before the next task", async () => {
      await page.goto(`/projects/${slug}/settings?tab=guidelines`);
      await page.getByTestId("guidelines-text").fill("# Tails\n\nTips of transverse processes belong to the vertebra.");
      const chooser = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Add a picture" }).click();
      await (await chooser).setFiles({ name: "tip.png", mimeType: "image/png", buffer: png() });
      await expect(page.getByTestId("guidelines-text")).toHaveValue(/guidelines\/pictures\//);
      await pictureInLooks(page, "groups-draft");
      await publish(page, "Tips belong to the vertebra", true);
      await rater.goto("/");
      await expect(rater.getByTestId(`new-rules-${slug}`)).toContainText("Tips belong to the vertebra");
      await pictureInLooks(rater, "groups-new-rules");
      await rater.getByTestId(`next-task-${slug}`).first().click();
      await expect(
        rater.getByRole("alert").filter({ hasText: "The rules of this project have changed" }),
      ).toBeVisible();
      await rater.goto(`/projects/${slug}/guidelines`);
      const shown = rater.getByTestId("rules-text").getByRole("img");
      await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(64);
      await pictureInLooks(rater, "groups-rules");
      await rater.getByTestId("rules-read-button").click();
      await expect(rater.getByTestId("rules-read")).toBeVisible();
    });

    const work = new Workstation(rater);
    await test.step("now there is a task, and a question on its case", async () => {
      await work.takeNext(slug);
      await rater.getByTestId("open-guidelines").click();
      await rater.getByRole("tab", { name: "My questions" }).click();
      await rater.getByTestId("ask-text").fill("And a tip that is broken off?");
      await rater.getByTestId("ask-send").click();
      await expect(rater.getByTestId("thread")).toContainText("And a tip that is broken off?");
      await pictureInLooks(rater, "groups-asked", ALWAYS_DARK);
    });

    await test.step("the answer goes into the next version", async () => {
      await page.goto(`/projects/${slug}/guidelines?tab=questions`);
      await page.getByRole("button", { name: "Open it" }).click();
      await page.getByRole("textbox", { name: "Your answer" }).fill("A tip that is broken off belongs to it as well.");
      await page.getByRole("button", { name: "Answer it" }).click();
      await page.getByTestId("question-to-draft").click();
      await pictureInLooks(page, "groups-answered");
      await page.getByRole("link", { name: "Edit the draft" }).click();
      await expect(page.getByTestId("guidelines-text")).toHaveValue(/broken off belongs to it as well\.\n$/);
      await publish(page, "Broken tips", false);
      await rater.reload();
      await work.loaded();
      await rater.getByTestId("open-guidelines").click();
      await expect(rater.getByTestId("rules-drawer")).toContainText("A tip that is broken off belongs to it as well.");
      await rater.getByRole("tab", { name: "My questions" }).click();
      await expect(rater.getByTestId("thread")).toContainText("Version 3 of the guidelines answers it.");
      await pictureInLooks(rater, "groups-version-answers", ALWAYS_DARK);
    });
    // The refused task is a 409, which Chromium logs as an error.
    expect(problems.filter((problem) => !problem.includes("409"))).toEqual([]);
    await Promise.all([context.close(), ofRater.close()]);
  },
);
