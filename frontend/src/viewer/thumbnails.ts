/** Small mid-sagittal pictures of the levels, drawn when nothing else is to do, from what is loaded. */

import { add, planeView, scale, type Vec3 } from "@/domain/geometry";
import type { SheetLines } from "@/domain/sheetLines";
import type { PaneHost } from "./paneHost";
import { gatherHu, gatherLabels, paintSheet } from "./sheet";

export const THUMBNAIL = { width: 84, height: 54, widthMm: 93, heightMm: 60 } as const;
const OPACITY = 0.42;
/** Draw one more only while so much of the idle time is left, ms. */
const NEEDED_MS = 4;
/** On a busy machine there is no idle time; then at least so long at a time, ms. */
const BUSY_MS = 12;

interface Entry {
  readonly label: number;
  readonly canvas: HTMLCanvasElement;
}

/** Lines of a sagittal crop around a voxel, head upward, front on the left as in the plane. */
function thumbnailLines(host: Pick<PaneHost, "geometry">, centre: Vec3): SheetLines {
  const { right, up } = planeView(host.geometry, "sagittal");
  const pixelMm = THUMBNAIL.widthMm / THUMBNAIL.width;
  const middle = host.geometry.voxelToLpsMm([Math.round(centre[0]), centre[1], centre[2]]);
  const corner = add(middle, add(scale(right, -THUMBNAIL.widthMm / 2), scale(up, THUMBNAIL.heightMm / 2)));
  return {
    rows: THUMBNAIL.height,
    columns: THUMBNAIL.width,
    rowLine: (row) => ({ start: add(corner, scale(up, -row * pixelMm)), step: scale(right, pixelMm) }),
  };
}

/** Keeps thumbnails up to date: after edits, slabs and another window, one by one in idle time. */
export class Thumbnails {
  private readonly entries = new Set<Entry>();
  private readonly dirty = new Set<Entry>();
  private stops: readonly (() => void)[] = [];
  private idle: number | null = null;

  constructor(private readonly host: PaneHost) {}

  start(): void {
    const { host } = this;
    let { window } = host.getState();
    this.stops = [
      host.events.on("edit", ({ slices, label }) => this.changed(Math.min(...slices), Math.max(...slices), label)),
      host.events.on("slab", ({ k0, k1 }) => this.changed(k0, k1 - 1, null)),
      host.subscribe(() => {
        const next = host.getState().window;
        if (next === window) return;
        window = next;
        this.changed(-Infinity, Infinity, null);
      }),
    ];
    if (this.dirty.size > 0) this.idle ??= whenIdle((left) => this.work(left));
  }

  /** Draw a level in a canvas and keep it up to date until the function returned is called. */
  attach(label: number, canvas: HTMLCanvasElement): () => void {
    [canvas.width, canvas.height] = [THUMBNAIL.width, THUMBNAIL.height];
    const entry = { label, canvas };
    this.entries.add(entry);
    this.queue(entry);
    return () => {
      this.entries.delete(entry);
      this.dirty.delete(entry);
    };
  }

  private changed(firstK: number, lastK: number, edited: number | null): void {
    const reach = THUMBNAIL.heightMm / this.host.geometry.spacingMm[2];
    for (const entry of this.entries) {
      const k = this.host.editor.summary.get(entry.label)?.centre[2];
      if (entry.label === edited || k === undefined || (k + reach >= firstK && k - reach <= lastK)) this.queue(entry);
    }
  }

  private queue(entry: Entry): void {
    this.dirty.add(entry);
    this.idle ??= whenIdle((left) => this.work(left));
  }

  private work(left: () => number): void {
    this.idle = null;
    if (!this.host.editor.isStroking) {
      const start = performance.now();
      for (const entry of this.dirty) {
        this.dirty.delete(entry);
        this.draw(entry);
        if (left() < NEEDED_MS && performance.now() - start > BUSY_MS) break;
      }
    }
    if (this.dirty.size > 0) this.idle = whenIdle((next) => this.work(next));
  }

  private draw({ label, canvas }: Entry): void {
    const context = canvas.getContext("2d");
    if (!context) return;
    const centre = this.host.centreOf(label);
    context.clearRect(0, 0, canvas.width, canvas.height);
    canvas.dataset["drawn"] = centre ? "level" : "empty";
    if (!centre) return;
    const { geometry, hu, editor } = this.host;
    const lines = thumbnailLines(this.host, centre);
    const image = context.createImageData(THUMBNAIL.width, THUMBNAIL.height);
    const { window } = this.host.getState();
    paintSheet(image, gatherHu(lines, geometry, hu), gatherLabels(lines, geometry, editor.mask), {
      window,
      opacity: OPACITY,
      look: "both",
      shows: (seen) => seen === label,
    });
    context.putImageData(image, 0, 0);
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    if (this.idle !== null) cancelIdle(this.idle);
    this.idle = null;
  }
}

/** Safari has no idle callbacks: there a pause does. */
function whenIdle(work: (left: () => number) => void): number {
  if (typeof requestIdleCallback === "function")
    return requestIdleCallback((deadline) => work(() => deadline.timeRemaining()), { timeout: 400 });
  return Number(setTimeout(() => work(() => 0), 60));
}

function cancelIdle(handle: number): void {
  if (typeof cancelIdleCallback === "function") cancelIdleCallback(handle);
  else clearTimeout(handle);
}
