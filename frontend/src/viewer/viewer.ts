import type { RenderingEngine } from "@cornerstonejs/core";
import type { Plane, Vec3, VolumeGeometry } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
import { cssColourOf } from "@/domain/labels";
import { directRunner } from "@/domain/operationTask";
import type { LockState, PaintOver, Scope } from "@/domain/paintRule";
import { nearestLevel } from "@/domain/summary";
import type { SliceDelta } from "@/domain/vbd1";
import type { ViewerElements, ViewerOptions } from "./createViewer";
import { MaskEditor } from "./maskEditor";
import { OperationDesk, type OperationRequest } from "./operationDesk";
import type { PlanePane } from "./planePane";
import { Annotations, type AnnotationEvent, type AnnotationShape } from "./annotations";
import type { PaneMask } from "./paneMask";
import { Screen } from "./screen";
import { SlabLoading } from "./slabLoading";
import {
  EDIT_TOOLS,
  WINDOW_PRESETS,
  type BrushSettings,
  type EditEvent,
  type GateMode,
  type GrowSettings,
  type MaskStyle,
  type ScissorsSettings,
  type ToolName,
  type ViewerState,
  type WindowLevel,
  type WindowPreset,
} from "./types";
import { firstState, steppedRadius, ViewerStore } from "./viewerState";

const MIN_WINDOW_WIDTH = 2;

/**
 * Linked planes over one CT and one mask: tools and state here, what is shown in `Screen`. State goes out as
 * immutable snapshots (`getState` and `subscribe`, made for `useSyncExternalStore`), edits and the cursor as events.
 */
export class Viewer extends ViewerStore {
  readonly editor: MaskEditor;
  readonly annotations: Annotations;
  readonly desk: OperationDesk;
  private readonly screen: Screen;
  private readonly loading: SlabLoading;
  protected state: ViewerState;
  private eraseHeld = false;
  private lastEditTool: ToolName = "circle";
  private previousTool: ToolName = "crosshair";

  constructor(
    name: string,
    engine: RenderingEngine,
    elements: ViewerElements,
    readonly geometry: VolumeGeometry,
    readonly hu: Int16Array,
    private readonly options: ViewerOptions,
  ) {
    super();
    this.editor = new MaskEditor(geometry, options.mask, hu, {
      drawn: (ks) => {
        this.screen.maskDrawn(ks);
        this.events.emit("drawn", ks);
      },
      edited: (event) => this.edited(event),
      refused: (why) => this.events.emit("refused", why),
      previewed: (preview) => this.setState({ preview }),
    });
    this.desk = new OperationDesk(this.editor, options.runner ?? directRunner, (busy) => this.setState({ busy }));
    this.editor.activeLabel = options.activeLabel;
    this.annotations = new Annotations(geometry);
    this.state = firstState(options, geometry, this.levels());
    this.screen = new Screen(name, engine, elements, geometry, { hu, mask: options.mask.lend() }, this);
    this.loading = new SlabLoading(options.volume, {
      centreK: () => this.state.crosshair[2],
      arrived: (slab, voxels) => {
        this.screen.slabArrived(slab.k0, slab.k1, voxels);
        this.setState({ loading: { ...this.state.loading, loaded: this.state.loading.loaded + 1 } });
        this.events.emit("slab", { k0: slab.k0, k1: slab.k1 });
      },
      failed: (error) => this.setState({ loading: { ...this.state.loading, error } }),
      done: () => {
        this.screen.slabsDone();
        this.options.volume.close();
      },
    });
  }

  /** For `createViewer` only. */
  async start(): Promise<void> {
    // Slabs are fetched and unpacked in a worker while this thread prepares the graphics card.
    this.loading.start();
    await this.screen.start(this.state.window, this.state.activeLabel, this.state.maskStyle);
    // Slabs that have come meanwhile are taken in before the first drawing: it would bring their coarse voxels to the card.
    await new Promise((resolve) => setTimeout(resolve));
    this.resetViews();
  }

  private levels(): ViewerState["levels"] {
    return this.editor.summary.labels().flatMap((label) => this.editor.summary.get(label) ?? []);
  }

  // Tools

  setTool(tool: ToolName): void {
    if (EDIT_TOOLS.has(tool) && !this.state.canEdit) return;
    if (tool === this.state.tool) return;
    this.desk.cancelAsking();
    this.editor.endStroke();
    this.editor.cancelPreview();
    this.previousTool = this.state.tool;
    if (EDIT_TOOLS.has(tool)) this.lastEditTool = tool;
    this.setState({ tool });
    this.redrawOverlays();
  }

  /** Tool and vertebra, to tell whether they are still those that something was begun with. */
  get inHand(): string {
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
    this.redrawOverlays();
  }

  get isErasing(): boolean {
    return this.state.tool === "erase" || (this.eraseHeld && this.state.canEdit);
  }

  setBrush(change: Partial<BrushSettings>): void {
    this.setState({ brush: { ...this.state.brush, ...change } });
    this.redrawOverlays();
  }

  /** To the next larger or smaller size. */
  stepBrush(steps: number): void {
    this.setBrush({ radiusMm: steppedRadius(this.state.brush.radiusMm, steps) });
  }

  setScissors(change: Partial<ScissorsSettings>): void {
    this.setState({ scissors: { ...this.state.scissors, ...change } });
  }

  setGrow(change: Partial<GrowSettings>): void {
    this.setState({ grow: { ...this.state.grow, ...change } });
  }

  setSplitTarget(splitTarget: number | null): void {
    this.setState({ splitTarget });
  }

  setScope(scope: Scope): void {
    this.editor.scope = scope;
    this.setState({ scope });
  }

  setActiveLabel(label: number): void {
    if (label === this.state.activeLabel) return;
    this.desk.cancelAsking();
    this.editor.endStroke();
    this.editor.cancelPreview();
    this.editor.activeLabel = label;
    this.screen.display.setActive(label);
    this.setState({ activeLabel: label });
    this.redraw();
  }

  setPaintOver(paintOver: PaintOver): void {
    this.editor.paintOver = paintOver;
    this.setState({ paintOver });
  }

  setGate(gate: GateMode): void {
    this.editor.gate = gate;
    this.setState({ gate });
  }

  setLock(label: number, lock: LockState): void {
    this.editor.locks.set(label, lock);
    const locks = new Map(this.state.locks);
    if (lock === "auto") locks.delete(label);
    else locks.set(label, lock);
    this.setState({ locks });
  }

  // Mask

  get mask(): LabelArray {
    return this.editor.mask;
  }

  undo(): boolean {
    return this.state.canEdit && !this.editor.isStroking && this.editor.undo();
  }

  redo(): boolean {
    return this.state.canEdit && !this.editor.isStroking && this.editor.redo();
  }

  /** Undo or redo until so many steps are applied. */
  goToStep(applied: number): void {
    this.editor.cancelPreview();
    while (this.editor.history.applied > applied && this.undo()) continue;
    while (this.editor.history.applied < applied && this.redo()) continue;
  }

  relabel(moves: ReadonlyMap<number, number>, name: string): boolean {
    if (!this.state.canEdit) return false;
    const done = this.editor.relabel(moves, name);
    const active = moves.get(this.state.activeLabel);
    // Of a level that was deleted, the name stays in hand, to paint it anew.
    if (done && active) this.setActiveLabel(active);
    return done;
  }

  async operate(request: OperationRequest): Promise<boolean> {
    return this.state.canEdit && this.desk.operate(request);
  }

  applyDelta(delta: SliceDelta, kind: string, name: string, label: number | null): boolean {
    return this.editor.applyDelta(delta, kind, name, label);
  }

  setCanEdit(canEdit: boolean): void {
    if (canEdit === this.state.canEdit) return;
    // What was painted so far is an edit like any other: kept in the browser, if it cannot be saved.
    this.editor.endStroke();
    this.desk.cancel();
    this.editor.cancelPreview();
    const tool = !canEdit && EDIT_TOOLS.has(this.state.tool) ? "crosshair" : this.state.tool;
    this.setState({ canEdit, tool });
    this.redrawOverlays();
  }

  private edited(event: EditEvent): void {
    const { history } = this.editor;
    this.setState({
      levels: this.levels(),
      history: history.list.map(({ id, name }) => ({ id, name })),
      applied: history.applied,
    });
    this.redraw();
    this.events.emit("edit", event);
  }

  // Display

  setWindow(window: WindowLevel | WindowPreset): void {
    const next =
      typeof window === "string"
        ? WINDOW_PRESETS[window]
        : { centre: window.centre, width: Math.max(MIN_WINDOW_WIDTH, window.width) };
    this.screen.setWindow(next);
    this.setState({ window: next });
  }

  setMaskStyle(change: Partial<MaskStyle>): void {
    const maskStyle = { ...this.state.maskStyle, ...change };
    this.screen.display.setStyle(maskStyle);
    this.setState({ maskStyle });
    this.redraw();
  }

  setLabelVisible(label: number, visible: boolean): void {
    const hidden = new Set(this.state.hidden);
    if (visible) hidden.delete(label);
    else hidden.add(label);
    this.screen.display.setLabelVisible(label, visible);
    this.setState({ hidden });
    this.redraw();
  }

  setCrosshairVisible(crosshairVisible: boolean): void {
    this.setState({ crosshairVisible });
    this.redrawOverlays();
  }

  // Position

  /** Set the crosshair; planes follow, and move only where it would be off the screen. */
  lookAt(voxel: Vec3, except: Plane | null = null): void {
    const crosshair = this.geometry.clampToVoxel(voxel);
    this.setState({ crosshair });
    this.screen.reveal(crosshair, except);
  }

  /** Set the crosshair and centre all planes on it. */
  centreOn(voxel: Vec3): void {
    const crosshair = this.geometry.clampToVoxel(voxel);
    this.setState({ crosshair });
    this.screen.centreOn(crosshair);
  }

  jumpTo(rasMm: Vec3): void {
    this.centreOn(this.geometry.rasMmToVoxel(rasMm));
  }

  /** Centre on a level and take it in hand. False where the mask does not hold it. */
  goToLevel(label: number): boolean {
    this.setActiveLabel(label);
    const centre = this.editor.summary.get(label)?.centre;
    if (centre) this.centreOn(centre);
    return centre !== undefined;
  }

  scroll(plane: Plane, steps: number): void {
    const { viewport } = this.screen.pane(plane);
    const crosshair = [...this.state.crosshair] as [number, number, number];
    crosshair[viewport.view.throughAxis] = viewport.sliceIndex + steps;
    this.setState({ crosshair: this.geometry.clampToVoxel(crosshair) });
    this.screen.setSlice(plane, viewport.sliceIndex + steps);
    this.redrawOverlays();
  }

  /** The levels of which some pane on the page shows a slice now; none as long as pictures are missing. */
  levelsInView(): number[] {
    const { loaded, total } = this.state.loading;
    if (this.disposed || loaded < total) return [];
    const { summary } = this.editor;
    const boxes = new Map(
      summary.labels().flatMap((label) => {
        const box = summary.boxOf([label]);
        return box ? [[label, box] as const] : [];
      }),
    );
    return this.screen.labelsInView(boxes);
  }

  levelAt(voxel: Vec3): number | null {
    return nearestLevel(this.editor.summary, this.geometry, voxel);
  }

  resetViews(): void {
    this.screen.resetViews(this.state.crosshair);
  }

  /** Position of the brush's label colour, for the panes. */
  get activeColour(): string {
    return cssColourOf(this.state.activeLabel);
  }

  /** A click of the refinement: for whoever asks the engine. */
  emitClick(voxel: Vec3, positive: boolean): void {
    this.events.emit("click", { voxel: this.geometry.clampToVoxel(voxel), positive });
  }

  emitCursor(plane: Plane, voxel: Vec3 | null): void {
    if (!voxel || !this.geometry.contains(voxel)) {
      this.events.emit("cursor", null);
      return;
    }
    const at = this.geometry.clampToVoxel(voxel);
    this.events.emit("cursor", {
      plane,
      voxel: at,
      rasMm: this.geometry.voxelToRasMm(at),
      hu: this.editor.densityAt(at),
      label: this.editor.labelAt(at),
    });
  }

  // Drawing

  redraw(): void {
    this.screen.redraw();
  }

  /** For the panes: one of them was panned or zoomed. */
  cameraMoved(pane: PlanePane): void {
    this.screen.cameraMoved(pane);
  }

  redrawOverlays(): void {
    this.screen.redrawOverlays();
  }

  viewportOf(plane: Plane): PlanePane["viewport"] {
    return this.screen.pane(plane).viewport;
  }

  // Panes and what lies over them

  /**
   * One more pane of a plane, beside the three that are there from the start. Cameras of one plane are linked;
   * masks need not be the same. The first panes are named "sagittal", "coronal" and "axial".
   */
  addPane(id: string, plane: Plane, element: HTMLDivElement, mask: PaneMask): Promise<void> {
    return this.screen.addPane(id, plane, element, mask);
  }

  /** @throws Error where there is no such pane */
  paneViewport(id: string): PlanePane["viewport"] {
    const pane = this.screen.paneOf(id);
    if (!pane) throw new Error(`no pane ${id}`);
    return pane.viewport;
  }

  removePane(id: string): void {
    this.screen.removePane(id);
  }

  setPaneMask(id: string, mask: PaneMask): void {
    this.screen.setPaneMask(id, mask);
  }

  /** Panes were shown or hidden; changes of size are noticed without this. */
  layoutChanged(): void {
    this.screen.layoutChanged();
  }

  /** Replace what a layer draws over the planes; an empty list removes it. Drags come back as `annotation`. */
  setAnnotations(layer: string, shapes: readonly AnnotationShape[]): void {
    this.annotations.set(layer, shapes);
    this.redrawOverlays();
  }

  /** Tell the reader why something does nothing. */
  refuse(why: string): void {
    this.events.emit("refused", why);
  }

  emitAnnotation(event: AnnotationEvent | null): void {
    if (!event) return;
    this.redrawOverlays();
    this.events.emit("annotation", event);
  }

  dispose(): void {
    if (this.disposed) return;
    this.fallSilent();
    this.desk.cancel();
    this.loading.stop();
    this.options.volume.close();
    this.screen.dispose();
  }
}
