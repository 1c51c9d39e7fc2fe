import type { VoxelBox } from "@/domain/changes";
import type { Plane, Vec3, VolumeGeometry } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
import { directRunner } from "@/domain/operationTask";
import type { LockState, PaintOver, Scope } from "@/domain/paintRule";
import { nearestLevel } from "@/domain/summary";
import { LevelCentres } from "@/domain/vertebraBody";
import type { SliceDelta } from "@/domain/vbd1";
import { Contour } from "./contour";
import { Emitter } from "./emitter";
import { Hand } from "./hand";
import { MaskEditor } from "./maskEditor";
import { OperationDesk, type OperationRequest } from "./operationDesk";
import { firstState, type ViewerElements, type ViewerOptions } from "./options";
import type { PaneHost } from "./paneHost";
import type { PlanePane } from "./planePane";
import { Annotations } from "./annotations";
import type { AnnotationShape } from "./annotationShapes";
import type { PaneMask } from "./paneMask";
import { RulerPen } from "./rulerPen";
import { Screen } from "./screen";
import { ThickSlab } from "./slab";
import { SlabLoading } from "./slabLoading";
import { Snapshots } from "./snapshots";
import type { Stage } from "./stage";
import {
  EDIT_TOOLS,
  WINDOW_PRESETS,
  type EditEvent,
  type GateMode,
  type MaskStyle,
  type ViewerEvents,
  type ViewerState,
  type WindowLevel,
  type WindowPreset,
} from "./types";

const MIN_WINDOW_WIDTH = 2;

/**
 * Linked planes over one CT and one mask: tools and state here, what is shown in `Screen`. State goes out as
 * immutable snapshots (`getState` and `subscribe`, made for `useSyncExternalStore`), edits and the cursor as events.
 */
export class Viewer implements PaneHost {
  readonly editor: MaskEditor;
  readonly annotations: Annotations;
  readonly desk: OperationDesk;
  readonly hand: Hand;
  readonly contour: Contour;
  readonly slab: ThickSlab;
  readonly ruler: RulerPen;
  readonly events = new Emitter<ViewerEvents>();
  private readonly snapshots: Snapshots<ViewerState>;
  private readonly screen: Screen;
  private readonly loading: SlabLoading;
  private readonly centres: LevelCentres;
  private disposed = false;

  constructor(
    stage: Stage,
    elements: ViewerElements,
    readonly geometry: VolumeGeometry,
    readonly hu: Int16Array,
    private readonly options: ViewerOptions,
  ) {
    this.editor = new MaskEditor(geometry, options.mask, hu, {
      drawn: (ks) => {
        this.screen.maskDrawn(ks);
        this.events.emit("drawn", ks);
      },
      edited: (event) => this.edited(event),
      refused: (why) => this.events.emit("refused", why),
      previewed: (preview) => this.snapshots.set({ preview }),
    });
    this.desk = new OperationDesk(this.editor, options.runner ?? directRunner, (busy) => this.snapshots.set({ busy }));
    this.editor.activeLabel = options.activeLabel;
    this.centres = new LevelCentres(options.mask, geometry.spacingMm);
    this.annotations = new Annotations(geometry);
    this.snapshots = new Snapshots(firstState(options, geometry, this.levels()));
    const redraw = (): void => this.redrawOverlays();
    this.hand = new Hand(this.snapshots, this.editor, { letGo: () => this.letGo(), redraw });
    this.contour = new Contour({ geometry, hu, editor: this.editor, hand: this.hand, redraw }, this.snapshots);
    this.ruler = new RulerPen(this.annotations, { geometry, events: this.events, redraw }, this.snapshots);
    this.events.on("annotation", redraw);
    this.screen = new Screen(stage, elements, this);
    this.slab = new ThickSlab(this.snapshots, this.screen);
    this.loading = new SlabLoading(options.volume, {
      centreK: () => this.state.crosshair[2],
      arrived: (slab, voxels) => {
        this.screen.slabArrived(slab.k0, slab.k1, voxels);
        this.snapshots.set({ loading: { ...this.state.loading, loaded: this.state.loading.loaded + 1 } });
        this.events.emit("slab", { k0: slab.k0, k1: slab.k1 });
      },
      failed: (error) => this.snapshots.set({ loading: { ...this.state.loading, error } }),
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

  readonly getState = (): ViewerState => this.snapshots.get();

  readonly subscribe = (listener: () => void): (() => void) => this.snapshots.subscribe(listener);

  on<Name extends keyof ViewerEvents>(name: Name, handler: (payload: ViewerEvents[Name]) => void): () => void {
    return this.events.on(name, handler);
  }

  private get state(): ViewerState {
    return this.snapshots.get();
  }

  private levels(): ViewerState["levels"] {
    return this.editor.summary.labels().flatMap((label) => this.editor.summary.get(label) ?? []);
  }

  // What the tools work on

  /** What was begun ends with the tool or vertebra that it was begun with. */
  private letGo(): void {
    this.desk.cancelAsking();
    this.editor.endStroke();
    this.editor.cancelPreview();
    this.contour.cancel();
    this.ruler.cancel();
  }

  setScope(scope: Scope): void {
    this.editor.scope = scope;
    this.snapshots.set({ scope });
  }

  setActiveLabel(label: number): void {
    if (label === this.state.activeLabel) return;
    this.letGo();
    this.editor.activeLabel = label;
    this.screen.stage.setActive(label);
    this.snapshots.set({ activeLabel: label });
    this.redraw();
  }

  setPaintOver(paintOver: PaintOver): void {
    this.editor.paintOver = paintOver;
    this.snapshots.set({ paintOver });
  }

  setGate(gate: GateMode): void {
    this.editor.gate = gate;
    this.snapshots.set({ gate });
  }

  setLock(label: number, lock: LockState): void {
    this.editor.locks.set(label, lock);
    const locks = new Map(this.state.locks);
    if (lock === "auto") locks.delete(label);
    else locks.set(label, lock);
    this.snapshots.set({ locks });
  }

  // Mask

  get mask(): LabelArray {
    return this.editor.mask;
  }

  undo(): boolean {
    return this.state.canEdit && !this.editor.isStroking && (this.contour.removeLast() || this.editor.undo());
  }

  redo(): boolean {
    return this.state.canEdit && !this.editor.isStroking && this.editor.redo();
  }

  /** Undo or redo until so many steps are applied. */
  goToStep(applied: number): void {
    this.editor.cancelPreview();
    this.contour.cancel();
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

  /** The shape of the vertebra in hand, in the slice that a plane shows, becomes that of the next one, which is shown. */
  async copySlice(plane: Plane, step: 1 | -1): Promise<void> {
    const slice = this.screen.pane(plane).viewport.sliceIndex;
    if (this.state.canEdit && (await this.desk.copySlice(plane, slice, step))) this.scroll(plane, step);
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
    this.contour.cancel();
    const tool = !canEdit && EDIT_TOOLS.has(this.state.tool) ? "crosshair" : this.state.tool;
    this.snapshots.set({ canEdit, tool });
    this.redrawOverlays();
  }

  private edited(event: EditEvent): void {
    const { history } = this.editor;
    this.snapshots.set({
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
    this.snapshots.set({ window: next });
  }

  setMaskStyle(change: Partial<MaskStyle>): void {
    const maskStyle = { ...this.state.maskStyle, ...change };
    this.screen.stage.setStyle(maskStyle);
    this.snapshots.set({ maskStyle });
    this.redraw();
  }

  setLabelVisible(label: number, visible: boolean): void {
    const hidden = new Set(this.state.hidden);
    if (visible) hidden.delete(label);
    else hidden.add(label);
    this.screen.stage.setLabelVisible(label, visible);
    this.snapshots.set({ hidden });
    this.redraw();
  }

  setCrosshairVisible(crosshairVisible: boolean): void {
    this.snapshots.set({ crosshairVisible });
    this.redrawOverlays();
  }

  // Position

  /** Set the crosshair; planes follow, and move only where it would be off the screen. */
  lookAt(voxel: Vec3, except: Plane | null = null): void {
    const crosshair = this.geometry.clampToVoxel(voxel);
    this.snapshots.set({ crosshair });
    this.screen.reveal(crosshair, except);
  }

  /** Set the crosshair and centre all planes on it. */
  centreOn(voxel: Vec3): void {
    const crosshair = this.geometry.clampToVoxel(voxel);
    this.snapshots.set({ crosshair });
    this.screen.centreOn(crosshair);
  }

  jumpTo(rasMm: Vec3): void {
    this.centreOn(this.geometry.rasMmToVoxel(rasMm));
  }

  centreOf(label: number): Vec3 | null {
    return this.centres.of(label);
  }

  /** Centre on a level's body and take the level in hand. False where the mask does not hold it. */
  goToLevel(label: number): boolean {
    this.setActiveLabel(label);
    const centre = this.centreOf(label);
    if (centre) this.centreOn(centre);
    return centre !== null;
  }

  /** The same, and all planes as near as the whole vertebra allows. */
  zoomToLevel(label: number): boolean {
    const box = this.editor.summary.boxOf([label]);
    if (box && this.goToLevel(label)) this.screen.zoomTo(box, this.state.crosshair);
    return box !== null;
  }

  /** Centre on a voxel, with so much around it that a box is seen. */
  zoomToBox(box: VoxelBox, voxel: Vec3): void {
    this.centreOn(voxel);
    this.screen.zoomTo(box, this.state.crosshair);
  }

  /** Whether a zoom in one plane zooms the others by as much. */
  setZoomLinked(zoomLinked: boolean): void {
    this.snapshots.set({ zoomLinked });
  }

  scroll(plane: Plane, steps: number): void {
    const { viewport } = this.screen.pane(plane);
    const crosshair = [...this.state.crosshair] as [number, number, number];
    crosshair[viewport.view.throughAxis] = viewport.sliceIndex + steps;
    this.snapshots.set({ crosshair: this.geometry.clampToVoxel(crosshair) });
    this.screen.setSlice(plane, viewport.sliceIndex + steps);
    this.redrawOverlays();
  }

  /** The levels of which some pane on the page shows a slice now; none as long as pictures are missing. */
  levelsInView(): number[] {
    return this.screen.labelsInView(this.editor.summary.boxes());
  }

  levelAt(voxel: Vec3): number | null {
    return nearestLevel(this.editor.summary, this.geometry, voxel);
  }

  resetViews(): void {
    this.screen.resetViews(this.state.crosshair);
  }

  // Drawing

  redraw(): void {
    this.screen.redraw();
  }

  redrawOverlays(): void {
    this.screen.redrawOverlays();
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

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.contour.cancel();
    this.snapshots.close();
    this.events.clear();
    this.desk.cancel();
    this.loading.stop();
    this.options.volume.close();
    this.screen.dispose();
  }
}
