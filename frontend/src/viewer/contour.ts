/** The outline under way with the contour tool: one for the whole viewer, in one slice, until it is closed or dropped. */

import { t } from "@/i18n";
import { OutlineNodes, straightWay, voxelsInOutline, type PlanePoint, type WayBetween } from "@/domain/contour";
import { PLANE_AXIS, type Plane, type VolumeGeometry } from "@/domain/geometry";
import { edgeCosts, Livewire, slicePicture, type Cell } from "@/domain/livewire";
import { axesInPlane } from "@/domain/painting";
import type { Hand } from "./hand";
import type { MaskEditor } from "./maskEditor";
import type { Snapshots } from "./snapshots";
import type { ContourWay, ViewerState } from "./types";

export interface ContourHost {
  readonly geometry: VolumeGeometry;
  readonly hu: Int16Array;
  readonly editor: Pick<MaskEditor, "paintArea" | "refuse" | "isBusy">;
  readonly hand: Pick<Hand, "isErasing">;
  readonly redraw: () => void;
}

/** What a pane draws of it, in voxels of the plane. */
export interface ContourShape {
  readonly nodes: readonly PlanePoint[];
  /** Along the nodes, and on to the pointer. */
  readonly points: readonly PlanePoint[];
}

interface Draft {
  readonly plane: Plane;
  readonly slice: number;
  readonly way: ContourWay;
  outline: OutlineNodes;
  pointer: PlanePoint | null;
}

/** Cells settled for one move of the pointer: some 8 ms. What is farther follows with the next pictures. */
const CELLS_PER_MOVE = 10_000;
/** Seeds whose ways are remembered: those of the two neighbours of a node that is dragged, and the last node's. */
const WIRES = 3;

export class Contour {
  private draft: Draft | null = null;
  private wires: Livewire[] = [];
  private isAsked = false;

  constructor(
    private readonly host: ContourHost,
    private readonly snapshots: Snapshots<ViewerState>,
  ) {}

  /** What of it lies in a slice; null where nothing does. */
  shapeIn(plane: Plane, slice: number): ContourShape | null {
    const { draft } = this;
    if (draft?.plane !== plane || draft.slice !== slice) return null;
    const { outline, pointer } = draft;
    return {
      nodes: outline.nodes,
      points: pointer ? [...outline.points(), ...outline.wayOn(pointer).slice(1)] : outline.points(),
    };
  }

  /**
   * Set a node.
   *
   * @returns its place among the nodes; null where the outline under way lies in another slice
   */
  place(plane: Plane, slice: number, at: PlanePoint): number | null {
    const { draft } = this;
    if (draft && (draft.plane !== plane || draft.slice !== slice)) {
      this.host.editor.refuse(t("The outline under way lies in another slice: Enter closes it, Escape drops it."));
      return null;
    }
    if (draft) draft.outline = draft.outline.with(at);
    else {
      const way = this.snapshots.get().contourWay;
      const between = way === "livewire" ? this.alongEdges(plane, slice) : straightWay;
      this.draft = { plane, slice, way, outline: OutlineNodes.begin(at, between), pointer: null };
    }
    this.tell();
    return (this.draft?.outline.nodes.length ?? 0) - 1;
  }

  /** The pointer is somewhere else, no button down; null: it has left. */
  hover(plane: Plane, slice: number, at: PlanePoint | null): void {
    const { draft } = this;
    if (draft?.plane !== plane || draft.slice !== slice) return;
    draft.pointer = at;
  }

  move(node: number, to: PlanePoint, isFinal: boolean): void {
    if (!this.draft) return;
    this.draft.pointer = null;
    this.draft.outline = this.draft.outline.moved(node, to, isFinal);
    this.tell();
  }

  /** Fill, or with the eraser empty, what a finished outline encloses. */
  fill(plane: Plane, slice: number, polygon: readonly PlanePoint[], edge = false): void {
    const [first] = polygon;
    if (!first || polygon.length < 3) return;
    const [a, b] = axesInPlane(plane);
    const at: [number, number, number] = [0, 0, 0];
    [at[PLANE_AXIS[plane]], at[a], at[b]] = [slice, first[0], first[1]];
    const { editor, hand, geometry } = this.host;
    editor.paintArea("contour", at, hand.isErasing, () => voxelsInOutline(geometry.shape, plane, slice, polygon, edge));
  }

  /** False where there is none to close. */
  close(): boolean {
    const { draft } = this;
    if (!draft || this.host.editor.isBusy()) return false;
    const polygon = draft.outline.closed();
    if (!polygon) {
      this.host.editor.refuse(t("An outline needs three points at least."));
      return true;
    }
    this.drop();
    this.fill(draft.plane, draft.slice, polygon, draft.way === "livewire");
    return true;
  }

  /** Drop it; false where there is none. */
  cancel(): boolean {
    if (!this.draft) return false;
    this.drop();
    return true;
  }

  /** Take the last node back; false where there is none. */
  removeLast(): boolean {
    const { draft } = this;
    if (!draft) return false;
    const outline = draft.outline.withoutLast();
    if (outline) draft.outline = outline;
    else this.draft = null;
    this.tell();
    return true;
  }

  private drop(): void {
    this.draft = null;
    this.tell();
  }

  private tell(): void {
    const contourNodes = this.draft?.outline.nodes.length ?? 0;
    if (contourNodes !== this.snapshots.get().contourNodes) this.snapshots.set({ contourNodes });
    this.host.redraw();
  }

  private alongEdges(plane: Plane, slice: number): WayBetween {
    const { geometry, hu } = this.host;
    const picture = slicePicture(hu, geometry.shape, geometry.spacingMm, plane, slice);
    const { width, height, spacingMm } = picture;
    const costs = edgeCosts(picture);
    this.wires = [];
    const cellOf = ([x, y]: PlanePoint): Cell => [
      Math.min(width - 1, Math.max(0, Math.round(x))),
      Math.min(height - 1, Math.max(0, Math.round(y))),
    ];
    const wireFrom = (seed: Cell): Livewire => {
      const known = this.wires.find((wire) => wire.seed[0] === seed[0] && wire.seed[1] === seed[1]);
      const wire = known ?? new Livewire(costs, width, height, spacingMm, seed);
      this.wires = [wire, ...this.wires.filter((other) => other !== wire)].slice(0, WIRES);
      return wire;
    };
    return (from, to, isFinal) => {
      const way = wireFrom(cellOf(from)).wayTo(cellOf(to), isFinal ? Infinity : CELLS_PER_MOVE);
      if (way) return [...way.slice(1, -1), to];
      this.askAgain();
      return [to];
    };
  }

  /** Straight for now; what is missing is worked out picture by picture. */
  private askAgain(): void {
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame(() => {
      this.isAsked = false;
      if (this.draft) this.host.redraw();
    });
  }
}
