import type { Plane, Vec3 } from "@/domain/geometry";
import type { MaskLook } from "@/domain/maskLook";
import type { HuRange, LockState, PaintOver, Scope } from "@/domain/paintRule";
import type { DrawnRuler, RulerKind } from "@/domain/rulers";
import type { LabelSummary } from "@/domain/summary";
import type { AnnotationEvent } from "./annotationShapes";

export type ToolName =
  | "crosshair"
  | "circle"
  | "sphere"
  | "erase"
  | "contour"
  | "fill"
  | "scissors"
  | "grow"
  | "split"
  | "refine"
  | RulerKind
  | "window"
  | "pan"
  | "zoom";

/** Tools that change the mask: off where the reader may not edit. */
export const EDIT_TOOLS: ReadonlySet<ToolName> = new Set([
  "circle",
  "sphere",
  "erase",
  "contour",
  "fill",
  "scissors",
  "grow",
  "split",
  "refine",
]);

export interface WindowLevel {
  readonly centre: number;
  readonly width: number;
}

export const WINDOW_PRESETS = {
  bone: { centre: 400, width: 1800 },
  soft: { centre: 50, width: 400 },
  metal: { centre: 1600, width: 4000 },
} as const satisfies Record<string, WindowLevel>;
export type WindowPreset = keyof typeof WINDOW_PRESETS;

/** What the planes show of the CT: one slice, or the brightest or the mean of those around it. */
export interface Slab {
  /** From its front to its back, with the slice in the middle; 0: the slice alone. */
  readonly thicknessMm: number;
  readonly blend: "max" | "mean";
}

export interface MaskStyle {
  /** Of the fill, 0 to 1; outlines stay. */
  readonly opacity: number;
  readonly look: MaskLook;
  readonly visible: boolean;
}

export type GateMode =
  | { readonly kind: "off" }
  | { readonly kind: "range"; readonly range: HuRange }
  /** Around the density under the first point of the stroke. */
  | { readonly kind: "adaptive"; readonly toleranceHu: number };

export interface BrushSettings {
  readonly radiusMm: number;
  /** What the eraser and the brush under the erase key are shaped like. */
  readonly eraseShape: "circle" | "sphere";
}

type ScissorsMode = "erase-inside" | "erase-outside" | "fill-inside";
export interface ScissorsSettings {
  readonly mode: ScissorsMode;
  readonly outline: "lasso" | "rectangle";
  /** Slices on each side of the one shown that are cut too; "all" cuts through. */
  readonly depth: number | "all";
}

/** How an outline comes about: along edges of the CT between nodes, straight between them, or as the hand goes. */
export type ContourWay = "livewire" | "polygon" | "freehand";

/** Growing from a click: through densities in a range, or around the one that was clicked. */
export interface GrowSettings {
  readonly gate: Exclude<GateMode, { readonly kind: "off" }>;
  readonly reachMm: number;
  readonly depth: "volume" | "slice";
}

interface HistoryEntry {
  readonly id: number;
  readonly name: string;
}

/** A change that is shown and not made yet: to be accepted or cancelled. */
export interface Preview {
  readonly name: string;
  readonly added: number;
  readonly removed: number;
  /** Whether the other side of the cut can be asked for. */
  readonly canTurn: boolean;
  /** What undo takes back while it is shown, where that is less than all of it. */
  readonly back: string | null;
}

/** An operation under way in the worker, or the engine at work. */
export interface Busy {
  readonly name: string;
  /** Vertebrae done, of all. */
  readonly done: number;
  readonly total: number;
}

/** What the panels show. A new object at each change; parts that did not change stay the same objects. */
export interface ViewerState {
  readonly tool: ToolName;
  readonly brush: BrushSettings;
  readonly scissors: ScissorsSettings;
  readonly contourWay: ContourWay;
  /** Nodes of the outline under way; 0: none is. */
  readonly contourNodes: number;
  /** Points of the ruler under way; 0: none is. */
  readonly rulerPoints: number;
  readonly grow: GrowSettings;
  /** The level that the part beyond a cut becomes; null: the next one below. */
  readonly splitTarget: number | null;
  /** What erasing, cutting and the operations work on. */
  readonly scope: Scope;
  readonly preview: Preview | null;
  readonly busy: Busy | null;
  readonly activeLabel: number;
  readonly paintOver: PaintOver;
  readonly gate: GateMode;
  readonly window: WindowLevel;
  readonly slab: Slab;
  readonly maskStyle: MaskStyle;
  readonly crosshairVisible: boolean;
  /** A zoom in one plane zooms the others by as much. */
  readonly zoomLinked: boolean;
  readonly hidden: ReadonlySet<number>;
  readonly locks: ReadonlyMap<number, LockState>;
  readonly levels: readonly LabelSummary[];
  readonly history: readonly HistoryEntry[];
  readonly applied: number;
  readonly crosshair: Vec3;
  /** Slabs loaded, of all; failed when loading has stopped for good. */
  readonly loading: { readonly loaded: number; readonly total: number; readonly error: string | null };
  readonly canEdit: boolean;
}

export interface CursorReadout {
  readonly plane: Plane;
  readonly voxel: Vec3;
  readonly rasMm: Vec3;
  readonly hu: number;
  readonly label: number;
}

export interface EditEvent {
  /** A machine word for the record: brush, erase, contour, fill, scissors, relabel, split, refine, undo, redo. */
  readonly kind: string;
  readonly name: string;
  readonly label: number | null;
  /** Axial slices whose voxels changed. */
  readonly slices: readonly number[];
}

export interface ViewerEvents {
  edit: EditEvent;
  /** Labels of these axial slices were drawn anew, within a stroke too. */
  drawn: readonly number[];
  /** CT slices k0 to k1 - 1 are there. */
  slab: { readonly k0: number; readonly k1: number };
  /** A handle is being dragged, or was let go. */
  annotation: AnnotationEvent;
  /** A distance or an angle was drawn. The viewer keeps none. */
  ruler: DrawnRuler;
  cursor: CursorReadout | null;
  /** Where the refinement is to add (positive) or to take away. */
  click: { readonly voxel: Vec3; readonly positive: boolean };
  /** Something the reader tried and why it does nothing. */
  refused: string;
}
