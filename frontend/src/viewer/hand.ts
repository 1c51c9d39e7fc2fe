/** The tool in hand and how it is set: which one, which came before it, and whether it erases for the moment. */

import type { MaskEditor } from "./maskEditor";
import type { Snapshots } from "./snapshots";
import {
  EDIT_TOOLS,
  type BrushSettings,
  type ContourWay,
  type GrowSettings,
  type ScissorsSettings,
  type ToolName,
  type ViewerState,
} from "./types";

const BRUSH_RADII_MM = [0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30];

/** The size so many steps larger or smaller than the one nearest to a radius. */
function steppedRadius(radiusMm: number, steps: number): number {
  const distances = BRUSH_RADII_MM.map((radius) => Math.abs(radius - radiusMm));
  const nearest = distances.indexOf(Math.min(...distances));
  return BRUSH_RADII_MM[Math.min(BRUSH_RADII_MM.length - 1, Math.max(0, nearest + steps))] ?? radiusMm;
}

export interface HandHooks {
  /** Another tool is taken: what was begun with the one before ends. */
  readonly letGo: () => void;
  /** The cursor looks different now. */
  readonly redraw: () => void;
}

export class Hand {
  private eraseHeld = false;
  private lastEditTool: ToolName = "circle";
  private previousTool: ToolName = "crosshair";

  constructor(
    private readonly snapshots: Snapshots<ViewerState>,
    private readonly editor: Pick<MaskEditor, "isStroking">,
    private readonly hooks: HandHooks,
  ) {}

  private get state(): ViewerState {
    return this.snapshots.get();
  }

  setTool(tool: ToolName): void {
    if (EDIT_TOOLS.has(tool) && !this.state.canEdit) return;
    if (tool === this.state.tool) return;
    this.hooks.letGo();
    this.previousTool = this.state.tool;
    if (EDIT_TOOLS.has(tool)) this.lastEditTool = tool;
    this.snapshots.set({ tool });
    this.hooks.redraw();
  }

  /** Tool and vertebra, to tell whether they are still those that something was begun with. */
  get holds(): string {
    return `${this.state.tool} ${this.state.activeLabel}`;
  }

  /** Between the last two tools, as the space key does in Slicer. */
  swapTool(): void {
    this.setTool(this.previousTool === this.state.tool ? this.lastEditTool : this.previousTool);
  }

  /** While held, brushes erase. A stroke keeps what it began as; let go during one, the next stroke paints. */
  holdErase(held: boolean): void {
    if (this.eraseHeld === held || (held && this.editor.isStroking)) return;
    this.eraseHeld = held;
    this.hooks.redraw();
  }

  get isErasing(): boolean {
    return this.state.tool === "erase" || (this.eraseHeld && this.state.canEdit);
  }

  setBrush(change: Partial<BrushSettings>): void {
    this.snapshots.set({ brush: { ...this.state.brush, ...change } });
    this.hooks.redraw();
  }

  /** To the next larger or smaller size. */
  stepBrush(steps: number): void {
    this.setBrush({ radiusMm: steppedRadius(this.state.brush.radiusMm, steps) });
  }

  setScissors(change: Partial<ScissorsSettings>): void {
    this.snapshots.set({ scissors: { ...this.state.scissors, ...change } });
  }

  setContourWay(contourWay: ContourWay): void {
    if (contourWay === this.state.contourWay) return;
    this.hooks.letGo();
    this.snapshots.set({ contourWay });
  }

  setGrow(change: Partial<GrowSettings>): void {
    this.snapshots.set({ grow: { ...this.state.grow, ...change } });
  }

  setSplitTarget(splitTarget: number | null): void {
    this.snapshots.set({ splitTarget });
  }
}
