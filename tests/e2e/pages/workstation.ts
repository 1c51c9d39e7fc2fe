/** Page object of the workstation: what a rater, an adjudicator or a reviewer does there, with the real mouse. */
import { expect, type Page } from "@playwright/test";
import { CROP, toCrop, type Axes } from "../../../frontend/src/domain/sagittalCrop";

export type Plane = "sagittal" | "coronal" | "axial";
export type Voxel = readonly [number, number, number];

type Point = readonly [number, number, number];

/** Of what the server measured of a vertebra, what the tests move. */
export interface MeasuredRow {
  readonly label: number;
  readonly lines_ras_mm: readonly (readonly [Point, Point])[];
  readonly axes_ras: Axes;
}

interface Fractured {
  readonly level: string;
  readonly grade: 1 | 2 | 3;
  readonly type: "Wedge" | "Biconcave" | "Crush";
}

export class Workstation {
  constructor(readonly page: Page) {}

  /** Take the project's next task from the list of one's work. */
  async takeNext(slug: string): Promise<void> {
    await this.page.goto("/");
    await this.page.getByTestId(`next-task-${slug}`).first().click();
    await this.page.waitForURL(/\/assignments\//);
    await this.loaded();
  }

  /** All slabs are there and drawn. */
  async loaded(): Promise<void> {
    await expect(this.page.getByTestId("planes")).toBeVisible({ timeout: 60_000 });
    await this.page.waitForFunction(
      () => {
        const loading = window.__vertebase?.state().loading;
        return loading !== undefined && loading.total > 0 && loading.loaded === loading.total;
      },
      undefined,
      { timeout: 120_000 },
    );
    await this.drawn();
  }

  async drawn(): Promise<void> {
    await this.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))),
    );
  }

  async choose(level: string): Promise<void> {
    await this.page.getByTestId(`level-${level}`).click();
    await this.drawn();
  }

  async tool(name: "crosshair" | "circle" | "sphere" | "erase"): Promise<void> {
    await this.page.getByTestId(`tool-${name}`).click();
  }

  count(label: number): Promise<number> {
    return this.page.evaluate((l) => window.__vertebase?.count(l) ?? -1, label);
  }

  digest(): Promise<string> {
    return this.page.evaluate(() => window.__vertebase?.digest() ?? Promise.resolve(""));
  }

  applied(): Promise<number> {
    return this.page.evaluate(() => window.__vertebase?.state().applied ?? -1);
  }

  /** Press in the middle of a plane, drag by some pixels, let go. */
  async stroke(plane: Plane, by: { x: number; y: number }): Promise<void> {
    const before = await this.applied();
    const box = await this.page.getByTestId(`plane-${plane}`).boundingBox();
    if (!box) throw new Error(`the ${plane} plane is not shown`);
    const from = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await this.page.mouse.move(from.x, from.y);
    await this.page.mouse.down();
    await this.page.mouse.move(from.x + by.x, from.y + by.y, { steps: 8 });
    await this.page.mouse.up();
    await expect.poll(() => this.applied()).toBe(before + 1);
  }

  async undo(): Promise<void> {
    const before = await this.applied();
    await this.page.keyboard.press("z");
    await expect.poll(() => this.applied()).toBe(before - 1);
  }

  /** The header says that the server has everything. */
  async saved(): Promise<void> {
    await expect(this.page.getByTestId("save-state")).toHaveText(/^Saved at \d\d:\d\d:\d\d$/, { timeout: 60_000 });
  }

  /** Grade one vertebra as fractured. */
  async grade(fractured: Fractured): Promise<void> {
    await this.page.getByTestId("tab-grade").click();
    await this.choose(fractured.level);
    await this.page.getByTestId(`grade-${fractured.grade}`).click();
    await this.page.getByText(fractured.type, { exact: true }).click();
  }

  /** Grade one vertebra as fractured and all others as normal. */
  async gradeAll(fractured: Fractured): Promise<void> {
    await this.grade(fractured);
    await this.page.getByTestId("normal-rest").click();
    await this.allGraded();
  }

  async allGraded(): Promise<void> {
    await expect(this.page.getByTestId("graded-count")).toHaveText(/^(\d+) of \1 /);
  }

  async submit(): Promise<void> {
    await this.page.getByTestId("submit").click();
    await this.page.getByTestId("confirm-submit").click();
    await expect(this.page).not.toHaveURL(/assignments/, { timeout: 60_000 });
  }
}

/** Take a correction of the demo project, or the one taken before, and open it. */
export async function openCorrection(page: Page): Promise<string> {
  const id = await page.evaluate(async () => {
    const list = async (): Promise<{ id: string; kind: string }[]> => {
      const body: unknown = await (await fetch("/api/v1/assignments?state=open")).json();
      return (Array.isArray(body) ? body : (body as { results: unknown[] }).results) as { id: string; kind: string }[];
    };
    const token = /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
    await fetch("/api/v1/projects/demo/next-assignment", { method: "POST", headers: { "X-CSRFToken": token } });
    return (await list()).find((row) => row.kind === "correct")?.id ?? "";
  });
  expect(id, "a correction in the demo project").not.toBe("");
  await openAssignment(page, id);
  return id;
}

/** Take the demo project's next task; true where it is an adjudication, which is opened then. */
export async function openedAdjudication(page: Page): Promise<boolean> {
  const id = await page.evaluate(async () => {
    const token = /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
    await fetch("/api/v1/projects/demo/next-assignment", { method: "POST", headers: { "X-CSRFToken": token } });
    const body = (await (await fetch("/api/v1/assignments?state=open")).json()) as {
      results: { id: string; kind: string; project: { slug: string } }[];
    };
    return body.results.find(({ kind, project }) => kind === "adjudicate" && project.slug === "demo")?.id ?? null;
  });
  if (id === null) return false;
  await page.goto(`/assignments/${id}`);
  await new Workstation(page).loaded();
  return true;
}

export async function openAssignment(page: Page, id: string): Promise<void> {
  await page.goto(`/assignments/${id}`);
  await expect(page.getByTestId("vertebra-list")).toBeVisible({ timeout: 90_000 });
  await page.waitForFunction("window.__vertebase !== undefined");
}

/** Drag the upper end of the middle line up by some millimetres, in the crop. */
export async function dragMiddleLine(page: Page, row: MeasuredRow | undefined, millimetres: number): Promise<void> {
  const end = row?.lines_ras_mm[1]?.[1];
  const box = await page.getByTestId("crop").boundingBox();
  if (!row || !end || !box) throw new Error("there is no line to drag");
  const at = toCrop(end, row.axes_ras);
  const perPoint = box.width / (CROP.widthMm / CROP.stepMm);
  const x = box.x + at.x * perPoint;
  const y = box.y + at.y * perPoint;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y - (millimetres / CROP.stepMm) * perPoint, { steps: 4 });
  await page.mouse.up();
}
