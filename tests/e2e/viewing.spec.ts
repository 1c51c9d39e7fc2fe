/** What the workstation shows at the real server: layouts, 3D, the straightened view, the strip; and what stays kept. */
import type { Page } from "@playwright/test";
import { expect, expectAccessible, picture, test } from "./support";
import { openCorrection } from "./pages/workstation";

type Voxel = readonly [number, number, number];

interface SeenViewer {
  state(): {
    applied: number;
    crosshair: Voxel;
    activeLabel: number;
    levels: { label: number; centre: Voxel }[];
    loading: { loaded: number; total: number };
  };
  labelAt(i: number, j: number, k: number): number;
  digest(): Promise<string>;
}

const read = <T>(page: Page, expression: string): Promise<T> => page.evaluate(expression) as Promise<T>;
const viewerState = (page: Page) => read<ReturnType<SeenViewer["state"]>>(page, "window.__vertebase.state()");

async function layout(page: Page, name: string): Promise<void> {
  await page.getByTestId(`layout-${name}`).click();
  await expect(page.getByTestId(`layout-${name}`)).toHaveAttribute("aria-pressed", "true");
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))),
  );
}

/** Colours on the screen in an element; an empty pane has few, one with a picture in it many. */
async function coloursOf(page: Page, testId: string): Promise<number> {
  const picture = (await page.getByTestId(testId).screenshot()).toString("base64");
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    return new Set(
      new Uint32Array(context?.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer ?? new ArrayBuffer(0)),
    ).size;
  }, picture);
}

test("a rater sees the spine in planes, in 3D, laid straight and level by level", { tag: "@slow" }, async ({ as }) => {
  const page = await as("rater3");
  await openCorrection(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect.poll(async () => (await viewerState(page)).loading).toMatchObject({ error: null });

  await test.step("the strip walks from the first vertebra to the last", async () => {
    const { levels } = await viewerState(page);
    await expect(page.getByTestId("vertebra-strip").locator("canvas[data-drawn=level]")).toHaveCount(levels.length);
    const strip = page.getByTestId("vertebra-strip").getByRole("button");
    await strip.first().click();
    await page.keyboard.press("End");
    await expect(strip.last()).toBeFocused();
    const last = await viewerState(page);
    expect(last.activeLabel).toBe(levels.at(-1)?.label);
    // In its body, which lies in front of the middle of all its voxels.
    expect(await read<number>(page, `window.__vertebase.labelAt(${last.crosshair.join(",")})`)).toBe(last.activeLabel);
    expect(last.crosshair[1]).toBeGreaterThan((levels.at(-1)?.centre[1] ?? Infinity) + 3);
    await page.keyboard.press("ArrowLeft");
    expect((await viewerState(page)).activeLabel).toBe(levels.at(-2)?.label);
    await picture(page, "layout-sagittal-1280");
    // With as many pictures as a whole spine has, none is scrolled out of sight.
    const frames = page.getByTestId("vertebra-strip");
    const room = await frames.evaluate((list) => {
      const copies = Array.from({ length: 24 - list.children.length }, () => list.lastElementChild?.cloneNode(true));
      list.append(...copies.filter((copy) => copy !== undefined));
      const sizes = { levels: list.children.length, needed: list.scrollWidth, there: list.clientWidth };
      for (const copy of copies) copy?.parentNode?.removeChild(copy);
      return sizes;
    });
    expect(room).toEqual({ levels: 24, needed: room.there, there: room.there });
  });

  await test.step("four up: a click on a vertebra in 3D centres all views on it", async () => {
    await layout(page, "four");
    await expect(page.getByTestId("surface-state")).toHaveAttribute("data-kind", "current", { timeout: 60_000 });
    await expect.poll(() => coloursOf(page, "pane-three")).toBeGreaterThan(500);
    const { levels } = await viewerState(page);
    const target = levels[Math.floor(levels.length / 2)];
    if (!target) throw new Error("no vertebra to click");
    const point = await page.evaluate(({ label, centre }) => {
      const hook = window as unknown as {
        __vertebase: { rasOf(voxel: readonly number[]): readonly number[] };
        __vertebase3d: { labels: number[]; pageOf(at: readonly number[]): { x: number; y: number } };
      };
      if (!hook.__vertebase3d.labels.includes(label)) throw new Error("no surface");
      return hook.__vertebase3d.pageOf(hook.__vertebase.rasOf(centre));
    }, target);
    await page.mouse.click(point.x, point.y);
    await expect.poll(async () => (await viewerState(page)).activeLabel).toBe(target.label);
    const { crosshair } = await viewerState(page);
    expect(await read<number>(page, `Math.abs(${crosshair[2]} - ${target.centre[2]})`)).toBeLessThan(30);
    await picture(page, "layout-four-1280");
    await page.mouse.move(point.x + 60, point.y);
    await page.mouse.down();
    await page.mouse.move(point.x + 160, point.y + 10, { steps: 2 });
    await page.mouse.up();
    const turned = await page.evaluate(({ centre }) => {
      const hook = window as unknown as {
        __vertebase: { rasOf(voxel: readonly number[]): readonly number[] };
        __vertebase3d: { pageOf(at: readonly number[]): { x: number; y: number } };
      };
      return hook.__vertebase3d.pageOf(hook.__vertebase.rasOf(centre));
    }, target);
    expect(Math.hypot(turned.x - point.x, turned.y - point.y)).toBeGreaterThan(3);
  });

  await test.step("compare: two sagittal panes, the second with the CT alone", async () => {
    await layout(page, "compare");
    await expect(page.getByTestId("pane-compare")).toHaveAttribute("data-ready", "true");
    await picture(page, "layout-compare-1280");
  });

  await test.step("straightened: a brush there paints the voxel of the original grid, and is undone exactly", async () => {
    await layout(page, "straight");
    await page.getByTestId("tool-sphere").click();
    const { levels } = await viewerState(page);
    const level = levels[1] ?? levels[0];
    if (!level) throw new Error("no vertebra");
    await page.getByTestId("vertebra-strip").locator(`[data-label="${level.label}"]`).click();
    const before = await read<string>(page, "window.__vertebase.digest()");
    const { applied } = await viewerState(page);
    const point = await page.evaluate((voxel) => {
      const view = (
        window as unknown as { __vertebaseStraight: { pageOf(at: readonly number[]): { x: number; y: number } } }
      ).__vertebaseStraight;
      return view.pageOf(voxel);
    }, level.centre);
    // Behind the vertebrae, where the mask has no voxels.
    const at = { x: point.x + 40, y: point.y };
    const voxel = await page.evaluate(({ x, y }) => {
      const view = (window as unknown as { __vertebaseStraight: { voxelAt(at: readonly number[]): number[] | null } })
        .__vertebaseStraight;
      const box = document.querySelector("[data-testid=pane-straight]")?.getBoundingClientRect();
      return view.voxelAt([x - (box?.left ?? 0), y - (box?.top ?? 0)])?.map(Math.round) ?? null;
    }, at);
    if (!voxel) throw new Error("beside the volume");
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await page.mouse.up();
    await expect.poll(async () => (await viewerState(page)).applied).toBe(applied + 1);
    expect(await read<number>(page, `window.__vertebase.labelAt(${voxel.join(",")})`)).toBe(level.label);
    await picture(page, "layout-straight-1280");
    await page.keyboard.press("z");
    await expect.poll(() => read<string>(page, "window.__vertebase.digest()")).toBe(before);
    await page.getByTestId("tool-split").click();
    await expect(page.getByTestId("straight-unavailable")).toContainText("draw its line in a straight plane");
    await page.getByTestId("tool-scissors").click();
    await expect(page.getByTestId("straight-unavailable")).toBeHidden();
  });

  await test.step("refined by clicks: each is drawn and answered by the engine, the last one taken back, the rest accepted", async () => {
    await layout(page, "sagittal");
    await page.getByTestId("tool-refine").click();
    const before = await read<string>(page, "window.__vertebase.digest()");
    const { applied, levels, activeLabel } = await viewerState(page);
    const centre = levels.find(({ label }) => label === activeLabel)?.centre;
    const { x, y } = await page.evaluate(
      (voxel) => {
        const hook = window as unknown as {
          __vertebase: { pageOf(plane: string, voxel: readonly number[]): { x: number; y: number } };
        };
        return hook.__vertebase.pageOf("sagittal", voxel);
      },
      centre ?? [0, 0, 0],
    );
    const preview = page.getByTestId("preview");
    // Where the mask is right already a click changes nothing: these say that something does not belong.
    await page.keyboard.down("x");
    await page.mouse.click(x - 30, y);
    // The first click waits until the engine has loaded its network.
    await expect(preview).toContainText("by 1 click", { timeout: 90_000 });
    await page.mouse.click(x - 50, y + 15);
    await page.keyboard.up("x");
    await expect(preview).toContainText("by 2 clicks", { timeout: 60_000 });
    await picture(page, "refine-by-clicks");
    await expectAccessible(page, "a change that is shown");
    await page.keyboard.press("z");
    await expect(preview).toContainText("by 1 click");
    await page.keyboard.press("Enter");
    await expect(preview).toBeHidden();
    expect((await viewerState(page)).applied).toBe(applied + 1);
    expect(await read<string>(page, "window.__vertebase.digest()")).not.toBe(before);
    await page.keyboard.press("z");
    await expect.poll(() => read<string>(page, "window.__vertebase.digest()")).toBe(before);
  });

  await test.step("the folded parts, the list of checks and the keys", async () => {
    await page.getByTestId("whole-vertebra").click();
    await page.getByTestId("level-names").click();
    await page.getByTestId("rename-to").click();
    // The second level is the first: every level takes the name above.
    const names = await page
      .getByTestId("vertebra-list")
      .locator("[data-testid^=level-]")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-testid")?.slice("level-".length) ?? ""));
    await page.getByRole("option", { name: names[0] ?? "", exact: true }).click();
    await expect(page.getByTestId("rename-plan")).toBeInViewport();
    await expectAccessible(page, "operations and names of levels");
    await picture(page, "level-names");
    const before = await read<string>(page, "window.__vertebase.digest()");
    await page.getByTestId("apply-rename").click();
    await expect(page.getByTestId("history")).toContainText(`Renumber ${names[1]} to ${names[0]}`);
    expect(await read<string>(page, "window.__vertebase.digest()")).not.toBe(before);
    await page.getByTestId("plane-sagittal").focus();
    await page.keyboard.press("z");
    await expect.poll(() => read<string>(page, "window.__vertebase.digest()")).toBe(before);
    await page.getByTestId("tab-checks").click();
    await expect(page.getByTestId("checks-state")).toHaveText("Checked as shown", { timeout: 60_000 });
    await picture(page, "checks");
    await page.getByTestId("tab-edit").click();
    await page.getByTestId("mask-look").getByText("Outline", { exact: true }).click();
    await page.getByTestId("show-keys").click();
    await expectAccessible(page, "the keys");
    await picture(page, "keys");
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("keys")).toBeHidden();
  });

  await test.step("surfaces follow edits, and say so", async () => {
    await layout(page, "four");
    await expect(page.getByTestId("surface-state")).toHaveAttribute("data-kind", "current", { timeout: 60_000 });
    const answers: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/surfaces")) answers.push(request.url());
    });
    await page.getByTestId("tool-sphere").click();
    const box = await page.getByTestId("plane-sagittal").boundingBox();
    if (!box) throw new Error("no sagittal plane");
    await page.mouse.move(box.x + box.width / 2 + 50, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 65, box.y + box.height / 2, { steps: 3 });
    await page.mouse.up();
    await expect(page.getByTestId("surface-state")).toHaveAttribute("data-kind", "stale");
    await expect(page.getByTestId("surface-state")).toHaveAttribute("data-kind", "current", { timeout: 60_000 });
    await page.keyboard.press("z");
    await expect(page.getByTestId("save-state")).toHaveAttribute("data-kind", "saved", { timeout: 60_000 });
  });

  await test.step("no serious fault of accessibility; the large window too", async () => {
    await expectAccessible(page, "the workstation, four up");
    await layout(page, "one");
    await picture(page, "layout-one-1280");
    await page.setViewportSize({ width: 2560, height: 1440 });
    for (const name of ["straight", "four"]) {
      await layout(page, name);
      await picture(page, `layout-${name}-2560`);
    }
    // The mouse reaches the right slice and voxel there as well.
    const { applied, crosshair, activeLabel } = await viewerState(page);
    const free = await page.evaluate(([i, j, k]) => {
      const hook = (
        window as unknown as {
          __vertebase: {
            labelAt(i: number, j: number, k: number): number;
            pageOf(plane: string, voxel: readonly number[]): { x: number; y: number };
          };
        }
      ).__vertebase;
      const reach = [-4, 0, 4];
      for (let row = j; row > 4; row--) {
        if (reach.every((a) => reach.every((c) => hook.labelAt(i + 1, row + a, k + c) === 0)))
          return { voxel: [i + 1, row, k], ...hook.pageOf("sagittal", [i + 1, row, k]) };
      }
      throw new Error("no free place in front of the spine or behind it");
    }, crosshair);
    await page.getByTestId("tool-sphere").click();
    await page.mouse.move(free.x, free.y);
    await page.mouse.wheel(0, 100);
    await expect.poll(async () => (await viewerState(page)).crosshair[0]).toBe(crosshair[0] + 1);
    await page.mouse.down();
    await page.mouse.up();
    await expect.poll(async () => (await viewerState(page)).applied).toBe(applied + 1);
    expect(await read<number>(page, `window.__vertebase.labelAt(${free.voxel.join(",")})`)).toBe(activeLabel);
    await page.keyboard.press("z");
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  await test.step("layout and look of the mask are kept with the account", async () => {
    const kept = page.waitForResponse(
      (response) => response.url().endsWith("/api/v1/me") && response.request().method() === "PATCH",
    );
    await layout(page, "columns");
    expect((await kept).ok()).toBe(true);
    await page.reload();
    await expect(page.getByTestId("layout-columns")).toHaveAttribute("aria-pressed", "true", { timeout: 60_000 });
    await expect.poll(() => read<string>(page, "window.__vertebase?.state().maskStyle.look")).toBe("outline");
  });
});
