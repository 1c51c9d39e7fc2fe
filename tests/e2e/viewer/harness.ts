/** Page object of the viewer's harness: the viewer alone on a phantom, built once and served as files. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { buildOnce, FRONTEND, ROOT } from "../builds";

const BUILT = path.join(ROOT, "build", "harness");
/** What the build is made of; while none of it changes, the build stands. */
const SOURCES = ["harness", "src/domain", "src/viewer", "src/workers", "package-lock.json", "vite.config.ts"];

export type Plane = "sagittal" | "coronal" | "axial";
export type Drawing = "graphics" | "processor";
export type Voxel = readonly [number, number, number];
export const PLANES: readonly Plane[] = ["sagittal", "coronal", "axial"];
/** What the two others show in an oblique volume, the coronal plane shows as well: `make test-all` asks it. */
export const asOften = (plane: Plane): { tag?: string } => (plane === "coronal" ? { tag: "@slow" } : {});
export const AXIS: Readonly<Record<Plane, 0 | 1 | 2>> = { sagittal: 0, coronal: 1, axial: 2 };

async function buildHarness(pages: readonly string[]): Promise<void> {
  const input = pages.map((name) => path.join(FRONTEND, "harness", name));
  await buildOnce("harness", SOURCES, { root: path.join(FRONTEND, "harness"), build: { rolldownOptions: { input } } });
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

export interface HarnessServer {
  readonly address: string;
  close(): Promise<void>;
}

/** Build pages of the harness where their sources have changed, and serve them, with a fixture's files, on a free port. */
export async function startHarness(
  pages: readonly string[] = ["index.html"],
  fixture: string | null = null,
): Promise<HarnessServer> {
  await buildHarness(pages);
  const server: Server = createServer((request, response) => {
    const name = path.normalize(new URL(request.url ?? "/", "http://harness").pathname);
    const inFixture = fixture !== null && name.startsWith("/fixture/");
    const file = inFixture ? path.join(fixture, path.basename(name)) : path.join(BUILT, name);
    if (!file.startsWith(inFixture ? fixture : BUILT) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(200, { "Content-Type": TYPES[path.extname(file)] ?? "application/octet-stream" })
      .end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  if (!bound || typeof bound === "string") throw new Error("the harness is not served");
  return {
    address: `http://127.0.0.1:${bound.port}/index.html`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Make a phantom in a temporary folder; the caller removes it with `remove`. */
export function makeFixture(name: string): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), "vbviewer-"));
  const python = path.join(ROOT, ".venv", "bin", "python");
  execFileSync(python, ["-m", "tests.e2e.viewer.fixture", name, folder], { cwd: ROOT });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export class Harness {
  readonly errors: string[] = [];

  constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  /** With Cornerstone drawing the planes, or the processor alone, as the product does without a graphics card. */
  async open(address: string, folder: string, drawing: Drawing = "graphics"): Promise<void> {
    await this.page.route("**/fixture/*", (route) => {
      const file = path.join(folder, path.basename(new URL(route.request().url()).pathname));
      return existsSync(file)
        ? route.fulfill({ body: readFileSync(file), contentType: "application/octet-stream" })
        : route.fulfill({ status: 404 });
    });
    await this.page.goto(`${address}?drawing=${drawing}`);
    await this.page.waitForSelector("body[data-ready]", { timeout: 120_000 });
    await this.page.waitForFunction(
      () => {
        const loading = window.__vertebase?.state().loading;
        return loading !== undefined && loading.loaded === loading.total;
      },
      undefined,
      { timeout: 60_000 },
    );
  }

  /** As it was opened: the loaded mask, all rules and views at their start. */
  async reset(): Promise<void> {
    await this.page.evaluate(() => {
      const { viewer } = window.harness;
      viewer.goToStep(0);
      for (let label = 1; label <= 28; label++) viewer.setLock(label, "auto");
      viewer.setPaintOver("everything");
      viewer.setGate({ kind: "off" });
      viewer.setMaskStyle({ visible: true });
      viewer.setScope("one");
      viewer.hand.setScissors({ mode: "erase-inside", outline: "lasso", depth: 0 });
      viewer.hand.setTool("crosshair");
      viewer.resetViews();
    });
  }

  /** What a panel would set: the mouse does the rest. */
  async set(change: {
    tool?: string;
    radiusMm?: number;
    label?: number;
    lock?: [number, string];
    gate?: [number, number] | null;
    over?: string | number;
  }): Promise<void> {
    await this.page.evaluate((c) => {
      const viewer = window.harness.viewer;
      if (c.label !== undefined) viewer.setActiveLabel(c.label);
      if (c.tool !== undefined) viewer.hand.setTool(c.tool);
      if (c.radiusMm !== undefined) viewer.hand.setBrush({ radiusMm: c.radiusMm });
      if (c.lock) viewer.setLock(c.lock[0], c.lock[1]);
      if (c.over !== undefined) viewer.setPaintOver(c.over);
      if (c.gate !== undefined)
        viewer.setGate(c.gate ? { kind: "range", range: { min: c.gate[0], max: c.gate[1] } } : { kind: "off" });
    }, change);
  }

  async centreOn(voxel: Voxel): Promise<void> {
    await this.page.evaluate((v) => window.harness.viewer.centreOn(v), voxel);
    await this.drawn();
  }

  /** Two frames: one to draw, one to be sure. */
  async drawn(): Promise<void> {
    await this.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))),
    );
  }

  pageOf(plane: Plane, voxel: Voxel): Promise<{ x: number; y: number }> {
    return this.page.evaluate(([p, v]) => window.__vertebase.pageOf(p, v), [plane, voxel] as const);
  }

  /** Press, drag through the voxels and let go, with the real mouse. */
  async drag(plane: Plane, voxels: readonly Voxel[]): Promise<void> {
    const [first, ...rest] = voxels;
    if (!first) return;
    const start = await this.pageOf(plane, first);
    await this.page.mouse.move(start.x, start.y);
    await this.page.mouse.down();
    for (const voxel of rest) {
      const point = await this.pageOf(plane, voxel);
      await this.page.mouse.move(point.x, point.y, { steps: 2 });
    }
    await this.page.mouse.up();
  }

  label(voxel: Voxel): Promise<number> {
    return this.page.evaluate((v) => window.__vertebase.labelAt(v[0], v[1], v[2]), voxel);
  }

  count(label: number): Promise<number> {
    return this.page.evaluate((l) => window.__vertebase.count(l), label);
  }

  digest(): Promise<string> {
    return this.page.evaluate(() => window.__vertebase.digest());
  }

  /** Number of steps that are applied. */
  applied(): Promise<number> {
    return this.page.evaluate(() => window.__vertebase.state().applied);
  }

  undo(): Promise<boolean> {
    return this.page.evaluate(() => window.harness.viewer.undo());
  }

  redo(): Promise<boolean> {
    return this.page.evaluate(() => window.harness.viewer.redo());
  }

  /** The slices, along a plane's axis, in which the mask differs from the copy kept by `keepCopy`. */
  async keepCopy(): Promise<void> {
    await this.page.evaluate(() => {
      window.keptMask = window.harness.viewer.mask.slice();
    });
  }

  changedVoxels(): Promise<{ voxel: [number, number, number]; from: number; to: number }[]> {
    return this.page.evaluate(() => {
      const { viewer } = window.harness;
      const changes: { voxel: [number, number, number]; from: number; to: number }[] = [];
      viewer.mask.forEach((to: number, index: number) => {
        const from = window.keptMask[index] ?? 0;
        if (from !== to) changes.push({ voxel: viewer.geometry.voxelOfFlatIndex(index), from, to });
      });
      return changes;
    });
  }

  /** What changed since `keepCopy`, where it is too much to look at voxel by voxel: labels, and the box around it. */
  changed(): Promise<{ count: number; from: number[]; to: number[]; low: Voxel; high: Voxel }> {
    return this.page.evaluate(() => {
      const { viewer } = window.harness;
      const [from, to] = [new Set<number>(), new Set<number>()];
      const low = [Infinity, Infinity, Infinity] as [number, number, number];
      const high = [-1, -1, -1] as [number, number, number];
      let count = 0;
      viewer.mask.forEach((now: number, index: number) => {
        const before = window.keptMask[index] ?? 0;
        if (before === now) return;
        count++;
        from.add(before);
        to.add(now);
        const voxel = viewer.geometry.voxelOfFlatIndex(index);
        for (const n of [0, 1, 2] as const)
          [low[n], high[n]] = [Math.min(low[n], voxel[n]), Math.max(high[n], voxel[n])];
      });
      const sorted = (labels: Set<number>): number[] => [...labels].sort((a, b) => a - b);
      return { count, from: sorted(from), to: sorted(to), low, high };
    });
  }

  /** Red, green, blue on the screen at some voxels, as they were drawn. */
  async pixels(plane: Plane, voxels: readonly Voxel[]): Promise<[number, number, number][]> {
    await this.drawn();
    return this.page.evaluate(
      ([p, wanted]) => {
        const canvas = document.querySelector<HTMLCanvasElement>(
          `#${p} :is(canvas.cornerstone-canvas, canvas.plane-picture)`,
        );
        if (!canvas) throw new Error("nothing is drawn");
        const box = canvas.getBoundingClientRect();
        const copy = document.createElement("canvas");
        [copy.width, copy.height] = [canvas.width, canvas.height];
        const context = copy.getContext("2d", { willReadFrequently: true });
        if (!context) throw new Error("no context");
        context.drawImage(canvas, 0, 0);
        const scale = canvas.width / box.width;
        return wanted.map((voxel) => {
          const { x, y } = window.__vertebase.pageOf(p, voxel);
          const data = context.getImageData(
            Math.floor((x - box.left) * scale),
            Math.floor((y - box.top) * scale),
            1,
            1,
          ).data;
          return [data[0] ?? 0, data[1] ?? 0, data[2] ?? 0] as [number, number, number];
        });
      },
      [plane, voxels] as const,
    );
  }
}
