/** Page object of the viewer's harness: the viewer alone on a phantom, served by Vite. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";

const ROOT = path.resolve(__dirname, "..", "..", "..");

export type Plane = "sagittal" | "coronal" | "axial";
export type Voxel = readonly [number, number, number];
export const PLANES: readonly Plane[] = ["sagittal", "coronal", "axial"];
export const AXIS: Readonly<Record<Plane, 0 | 1 | 2>> = { sagittal: 0, coronal: 1, axial: 2 };

/** The part of Vite that is used here; its own types ask for a module resolution that the tests do not have. */
export interface HarnessServer {
  readonly httpServer: { address(): { port: number } | string | null } | null;
  listen(): Promise<HarnessServer>;
  close(): Promise<void>;
}
interface Vite {
  createServer(options: object): Promise<HarnessServer>;
}

export async function startVite(): Promise<HarnessServer> {
  const name = "vite";
  const { createServer } = (await import(name)) as Vite;
  const server = await createServer({
    root: path.join(ROOT, "frontend"),
    configFile: path.join(ROOT, "frontend", "vite.config.ts"),
    cacheDir: path.join(ROOT, "build", "vite-harness"),
    server: { port: 0, host: "127.0.0.1", hmr: false, watch: null },
    logLevel: "error",
  });
  return server.listen();
}

export function addressOf(server: HarnessServer): string {
  const address = server.httpServer?.address();
  if (!address || typeof address === "string") throw new Error("the harness is not served");
  return `http://127.0.0.1:${address.port}/harness/index.html`;
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

  async open(address: string, folder: string): Promise<void> {
    await this.page.route("**/fixture/*", (route) => {
      const file = path.join(folder, path.basename(new URL(route.request().url()).pathname));
      return existsSync(file)
        ? route.fulfill({ body: readFileSync(file), contentType: "application/octet-stream" })
        : route.fulfill({ status: 404 });
    });
    await this.page.goto(address);
    await this.page.waitForSelector("body[data-ready]", { timeout: 120_000 });
    await this.page.waitForFunction(() => {
      const loading = window.__vertebase?.state().loading;
      return loading !== undefined && loading.loaded === loading.total;
    });
  }

  /** What a panel would set: the mouse does the rest. */
  async set(change: { tool?: string; radiusMm?: number; label?: number; lock?: [number, string]; gate?: [number, number] | null; over?: string | number }): Promise<void> {
    await this.page.evaluate((c) => {
      const viewer = window.harness.viewer;
      if (c.label !== undefined) viewer.setActiveLabel(c.label);
      if (c.tool !== undefined) viewer.setTool(c.tool);
      if (c.radiusMm !== undefined) viewer.setBrush({ radiusMm: c.radiusMm });
      if (c.lock) viewer.setLock(c.lock[0], c.lock[1]);
      if (c.over !== undefined) viewer.setPaintOver(c.over);
      if (c.gate !== undefined) viewer.setGate(c.gate ? { kind: "range", range: { min: c.gate[0], max: c.gate[1] } } : { kind: "off" });
    }, change);
  }

  async centreOn(voxel: Voxel): Promise<void> {
    await this.page.evaluate((v) => window.harness.viewer.centreOn(v), voxel);
    await this.drawn();
  }

  /** Two frames: one to draw, one to be sure. */
  async drawn(): Promise<void> {
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))));
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
      await this.page.mouse.move(point.x, point.y, { steps: 4 });
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

  /** Red, green, blue on the screen at a voxel, as Cornerstone drew it. */
  async pixel(plane: Plane, voxel: Voxel): Promise<[number, number, number]> {
    await this.drawn();
    const at = await this.pageOf(plane, voxel);
    return this.page.evaluate(
      ([p, x, y]) => {
        const canvas = document.querySelector<HTMLCanvasElement>(`#${p} canvas.cornerstone-canvas`);
        if (!canvas) throw new Error("nothing is drawn");
        const box = canvas.getBoundingClientRect();
        const copy = document.createElement("canvas");
        [copy.width, copy.height] = [canvas.width, canvas.height];
        const context = copy.getContext("2d");
        if (!context) throw new Error("no context");
        context.drawImage(canvas, 0, 0);
        const scale = canvas.width / box.width;
        const data = context.getImageData(Math.floor((x - box.left) * scale), Math.floor((y - box.top) * scale), 1, 1).data;
        return [data[0] ?? 0, data[1] ?? 0, data[2] ?? 0] as [number, number, number];
      },
      [plane, at.x, at.y] as const,
    );
  }
}
