/** The rater's work at the real server: strokes are saved, survive being offline and a reload, one tab at a time. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { openAssignment, openCorrection } from "./pages/workstation";
import { expect, expectAccessible, picture, ROOT, test } from "./support";

interface Probe {
  state(): { applied: number; crosshair: [number, number, number] };
  digest(): Promise<string>;
  pageOf(plane: string, voxel: readonly number[]): { x: number; y: number };
}

const probe = <T>(page: Page, read: string): Promise<T> => page.evaluate(`window.__vertebase.${read}`);

/** A stroke with the sphere brush around the crosshair, with the real mouse. */
async function stroke(page: Page, offset: number): Promise<void> {
  await page.getByTestId("tool-sphere").click();
  const { x, y } = await page.evaluate(() => {
    const hook = (window as unknown as { __vertebase: Probe }).__vertebase;
    return hook.pageOf("sagittal", hook.state().crosshair);
  });
  const applied = await probe<number>(page, "state().applied");
  await page.mouse.move(x + offset, y);
  await page.mouse.down();
  await page.mouse.move(x + offset + 60, y + 30, { steps: 6 });
  await page.mouse.up();
  await expect.poll(() => probe<number>(page, "state().applied")).toBe(applied + 1);
}

/** The segmentation in a zip for the desktop. */
function segmentationIn(zip: string): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), "desktop-"));
  execFileSync(path.join(ROOT, ".venv", "bin", "python"), ["-m", "zipfile", "-e", zip, folder]);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  expect(names.map((name) => name.replace(/^.*_(ct|mask)/, "$1")).sort()).toEqual(
    expect.arrayContaining(["ct.nii.gz", expect.stringMatching(/^mask_r\d+\.label$/)]),
  );
  const content = readFileSync(path.join(folder, names.find((name) => name.endsWith(".seg.nrrd")) ?? ""));
  rmSync(folder, { recursive: true });
  return content;
}

/** A file held over the page and let go. */
async function dropped(page: Page, name: string, content: Buffer): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([called, bytes]) => {
      const held = new DataTransfer();
      held.items.add(new File([Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0))], called));
      return held;
    },
    [name, content.toString("base64")] as const,
  );
  await page.dispatchEvent("body", "dragenter", { dataTransfer });
  await page.getByTestId("drop-mask").dispatchEvent("drop", { dataTransfer });
}

const saved = (page: Page) =>
  expect(page.getByTestId("save-state")).toHaveAttribute("data-kind", "saved", { timeout: 60_000 });

test("a rater's strokes are saved, and there after a reload and in another tab", { tag: "@slow" }, async ({ as }) => {
  const page = await as("rater2");
  const id = await openCorrection(page);
  await picture(page, "workstation");
  await expectAccessible(page, "the workstation");

  await stroke(page, 0);
  await saved(page);
  await expect(page.getByTestId("save-state")).toContainText("Saved at");
  const painted = await probe<string>(page, "digest()");
  let lastButOne = "";

  await test.step("an outline along edges is one step, dropped by Escape, closed by Enter", async () => {
    const applied = await probe<number>(page, "state().applied");
    await page.keyboard.press("9");
    await expect(page.getByTestId("tool-contour")).toHaveAttribute("aria-pressed", "true");
    const { x, y } = await page.evaluate(() => {
      const hook = (window as unknown as { __vertebase: Probe }).__vertebase;
      return hook.pageOf("sagittal", hook.state().crosshair);
    });
    const corners = [
      [0, 0],
      [60, 0],
      [60, 50],
      [0, 50],
    ] as const;
    for (const key of ["Escape", "Enter"]) {
      for (const [dx, dy] of corners) await page.mouse.click(x + dx, y + dy);
      await page.keyboard.press("Backspace");
      await expect.poll(() => probe<number>(page, "state().contourNodes")).toBe(3);
      if (key === "Enter") await picture(page, "workstation-outline");
      await page.keyboard.press(key);
      await expect.poll(() => probe<number>(page, "state().contourNodes")).toBe(0);
    }
    await expect.poll(() => probe<number>(page, "state().applied")).toBe(applied + 1);
    await page.keyboard.press("z");
    await expect.poll(() => probe<string>(page, "digest()")).toBe(painted);
    await saved(page);
  });

  await test.step("a mask that comes back from another program is shown, and is one step", async () => {
    await page.getByTestId("desktop").click();
    const download = page.waitForEvent("download");
    await page.getByTestId("desktop-files").click();
    const mask = segmentationIn(await (await download).path());
    await stroke(page, 40);
    await saved(page);
    lastButOne = await probe<string>(page, "digest()");
    const applied = await probe<number>(page, "state().applied");
    await dropped(page, "edited.seg.nrrd", mask);
    const changes = page.getByTestId("returned-changes").getByTestId("changes-table").locator("tbody tr");
    await expect(changes.first()).toBeVisible({ timeout: 60_000 });
    await picture(page, "workstation-returned-mask");
    await expectAccessible(page, "a mask from another program");
    await page.getByTestId("accept-preview").click();
    await expect.poll(() => probe<string>(page, "digest()")).toBe(painted);
    expect(await probe<number>(page, "state().applied")).toBe(applied + 1);
    await saved(page);
  });

  await test.step("a key walks the places to look at, and ticks what it leaves", async () => {
    await page.getByTestId("tab-checks").click();
    await expect(page.getByTestId("places-state")).toContainText("looked at", { timeout: 60_000 });
    await page.getByRole("button", { name: "Look for places again" }).click();
    await expect(page.getByTestId("place-0")).toBeVisible({ timeout: 60_000 });
    await page.keyboard.press("p");
    await expect(page.getByTestId("place-0")).toHaveAttribute("aria-current", "true");
    await picture(page, "workstation-places");
    await expectAccessible(page, "places to look at");
    await page.keyboard.press("p");
    await expect(page.getByTestId("looked-0")).toBeChecked();
    await saved(page);
    await page.getByTestId("tab-edit").click();
  });

  await test.step("three actions move the names of the whole spine: right button, choose, apply", async () => {
    const rows = page.getByTestId("vertebra-list").locator("button[data-testid^=level-]");
    const names = () => rows.evaluateAll((buttons) => buttons.map((button) => button.dataset["testid"]));
    const before = await names();
    const applied = await probe<number>(page, "state().applied");
    await rows.nth(1).click({ button: "right" });
    await page.getByTestId("menu-all-up").click();
    await expect(page.getByTestId("apply-rename")).toBeFocused();
    await picture(page, "level-menu-plan");
    await page.getByTestId("apply-rename").click();
    await expect.poll(() => probe<number>(page, "state().applied")).toBe(applied + 1);
    expect((await names()).slice(1)).toEqual(before.slice(0, -1));
    await page.getByTestId("undo").click();
    await expect.poll(() => probe<string>(page, "digest()")).toBe(painted);
    await saved(page);
  });

  await test.step("a slab, a window of one's own and a distance", async () => {
    await page.keyboard.press("s");
    await page.keyboard.press("s");
    await expect(page.getByTestId("slab-sagittal")).toHaveText("maximum of 10 mm, painting in the middle slice");
    await page.getByTestId("window-more").click();
    await page.getByTestId("limit-low").press("ArrowRight");
    await page.getByTestId("window-name").fill("My bone");
    await picture(page, "workstation-window");
    await expectAccessible(page, "the histogram");
    await page.getByTestId("keep-window").click();
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("own-windows")).toContainText("My bone");
    await page.keyboard.press("d");
    const { x, y } = await page.evaluate(() => {
      const hook = (window as unknown as { __vertebase: Probe }).__vertebase;
      return hook.pageOf("sagittal", hook.state().crosshair);
    });
    for (const below of [30, 60]) {
      await page.mouse.move(x, y + below);
      await page.mouse.down();
      await page.mouse.move(x + 70, y + below + 20, { steps: 4 });
      await page.mouse.up();
    }
    await expect(page.getByTestId("ruler")).toHaveCount(2);
    await expect(page.getByTestId("ruler").first()).toHaveText(/Distance\s*\d+\.\d mm/);
    await picture(page, "workstation-rulers");
    await page.keyboard.press("z");
    await expect(page.getByTestId("ruler")).toHaveCount(1);
    expect(await probe<string>(page, "digest()")).toBe(painted);
    for (const key of ["0", "s", "s"]) await page.keyboard.press(key);
    await expect(page.getByTestId("slab-sagittal")).toHaveCount(0);
    await saved(page);
  });

  await test.step("closed and opened again, everything is there, and steps are taken back and made again", async () => {
    const applied = await probe<number>(page, "state().applied");
    await page.reload();
    await expect(page.getByTestId("vertebra-list")).toBeVisible({ timeout: 90_000 });
    await page.waitForFunction("window.__vertebase !== undefined");
    expect(await probe<string>(page, "digest()")).toBe(painted);
    await expect(page.getByTestId("ruler")).toHaveCount(1);
    await expect(page.getByTestId("own-windows")).toContainText("My bone");
    expect(await probe<number>(page, "state().applied")).toBe(applied);
    for (const [key, left] of [
      ["z", lastButOne],
      ["y", painted],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => probe<string>(page, "digest()")).toBe(left);
      await saved(page);
    }
    await picture(page, "workstation-steps-after-reload");
  });

  await test.step("the tab dies before the server hears of a stroke: it is offered and applied", async () => {
    // The server never gets the request, and the page never an answer. A request that Playwright holds would be let go
    // when the tab leaves, and may reach the server after all.
    await page.evaluate(() => {
      const send = window.fetch;
      window.fetch = (input, init) => {
        const { method, url } = new Request(input, init);
        return method === "POST" && url.endsWith("/operations") ? new Promise(() => undefined) : send(input, init);
      };
    });
    await stroke(page, 40);
    await expect(page.getByTestId("save-state")).toContainText("Saving 1 edit");
    const kept = await probe<string>(page, "digest()");
    expect(kept).not.toBe(painted);
    page.on("dialog", (dialog) => void dialog.accept());
    await page.goto("about:blank");
    await openAssignment(page, id);
    expect(await probe<string>(page, "digest()")).toBe(painted);
    await expect(page.getByTestId("recovery")).toBeVisible();
    await picture(page, "workstation-recovery");
    await expectAccessible(page, "kept edits offered");
    await page.getByTestId("apply-kept").click();
    await expect(page.getByTestId("recovery")).toBeHidden();
    await saved(page);
    expect(await probe<string>(page, "digest()")).toBe(kept);
  });

  await test.step("a second tab is told, and may take over", async () => {
    const second = await page.context().newPage();
    await second.goto(`/assignments/${id}`);
    await second.getByTestId("take-over").click({ timeout: 60_000 });
    await expect(second.getByTestId("vertebra-list")).toBeVisible({ timeout: 90_000 });
    await expect(page.getByTestId("take-back")).toBeVisible();
    await second.close();
  });
});
