/** What may happen to the mask: tools, rules, locks, proposals. Its store writes it. Knows no screen. */

import { t } from "@/i18n";
import {
  changesOfDelta,
  labelsOf,
  relabelChanges,
  slicesOfChanges,
  tally,
  type ChangeRecorder,
  type ChangeSet,
  type VoxelBox,
} from "@/domain/changes";
import { PLANE_AXIS, type Plane, type Vec3, type VolumeGeometry } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
import { nameOf } from "@/domain/labels";
import type { MaskStore, NewStep } from "@/domain/maskStore";
import {
  fillArea,
  paintCapsule,
  paintPolygon,
  writeIfAllowed,
  type BrushShape,
  type PaintGrid,
} from "@/domain/painting";
import {
  adaptiveGate,
  allowsNothing,
  LabelLocks,
  paintRule,
  type HuRange,
  type PaintOver,
  type PaintRule,
  type Scope,
} from "@/domain/paintRule";
import type { SliceDelta } from "@/domain/vbd1";
import { MaskPreview, type Proposal } from "./maskPreview";
import type { EditEvent, GateMode, Preview, ScissorsSettings } from "./types";

export interface MaskEditorHooks {
  /** Voxels of these axial slices, or what is proposed for them, are new: draw them. */
  readonly drawn: (ks: readonly number[]) => void;
  /** A whole edit is done. */
  readonly edited: (event: EditEvent) => void;
  readonly refused: (why: string) => void;
  /** A change is proposed, or the proposal is gone. */
  readonly previewed: (preview: Preview | null) => void;
}

/** A step, unless nothing differs in the end. */
type PossibleStep = Omit<NewStep, "changes"> & { readonly changes: ChangeSet | null };

/** A proposal has more than a step keeps. */
function stepOf({ kind, name, label }: PossibleStep): Omit<NewStep, "changes"> {
  return { kind, name, label };
}

const OPEN_AREA = t("That area is open to the border of the slice; close the outline first.");

interface Stroke {
  readonly recorder: ChangeRecorder;
  readonly rule: PaintRule;
  readonly brush: BrushShape;
  readonly radiusMm: number;
  readonly kind: string;
  last: Vec3;
}

export class MaskEditor {
  readonly locks = new LabelLocks();
  activeLabel = 0;
  paintOver: PaintOver = "everything";
  gate: GateMode = { kind: "off" };
  scope: Scope = "one";
  /** An operation under way: until it ends, the mask that it was given stays as it is. */
  busyWith: string | null = null;
  readonly grid: PaintGrid;
  private stroke: Stroke | null = null;
  /** A proposed change, for whoever draws it over the mask. */
  readonly preview = new MaskPreview();

  constructor(
    private readonly geometry: VolumeGeometry,
    private readonly store: MaskStore,
    hu: Int16Array,
    private readonly hooks: MaskEditorHooks,
  ) {
    this.grid = { shape: geometry.shape, spacingMm: geometry.spacingMm, mask: store.labels, hu };
  }

  get mask(): LabelArray {
    return this.store.labels;
  }

  get summary(): MaskStore["summary"] {
    return this.store.summary;
  }

  get history(): MaskStore["history"] {
    return this.store.history;
  }

  /** Whether something is under way, after telling the reader so. */
  isBusy(): boolean {
    if (this.busyWith === null) return false;
    this.hooks.refused(t("{{busyWith}} is under way: wait for it, or cancel it.", { busyWith: this.busyWith }));
    return true;
  }

  /** Whether an edit may begin; a change that was only proposed makes room for it. */
  private makeRoom(): boolean {
    if (this.isBusy()) return false;
    this.cancelPreview();
    return true;
  }

  get isStroking(): boolean {
    return this.stroke !== null;
  }

  private huAt(voxel: Vec3): number {
    const [i, j, k] = this.geometry.clampToVoxel(voxel);
    return this.grid.hu?.[this.geometry.flatIndex(i, j, k)] ?? 0;
  }

  private gateAt(voxel: Vec3, erase: boolean): HuRange | null {
    if (erase) return null;
    switch (this.gate.kind) {
      case "off":
        return null;
      case "range":
        return this.gate.range;
      case "adaptive":
        return adaptiveGate(this.huAt(voxel), this.gate.toleranceHu);
    }
  }

  /** The rule for an edit that starts at a voxel, or null after telling the reader why there is none. */
  private ruleAt(voxel: Vec3, erase: boolean): PaintRule | null {
    if (!this.makeRoom()) return null;
    const { activeLabel, paintOver, locks, scope } = this;
    if (activeLabel === 0 && !(erase && scope === "all")) {
      this.hooks.refused(t("Choose a vertebra first."));
      return null;
    }
    const rule = paintRule({ activeLabel, erase, paintOver, locks, scope, gate: this.gateAt(voxel, erase) });
    if (!allowsNothing(rule)) return rule;
    const locked = locks.isLocked(activeLabel, activeLabel);
    const name = nameOf(activeLabel);
    this.hooks.refused(
      locked
        ? t("{{name}} is locked.", { name })
        : t("{{erase}} {{name}} would touch locked vertebrae only.", {
            erase: erase ? t("Erasing") : t("Painting"),
            name,
          }),
    );
    return null;
  }

  startStroke(brush: BrushShape, erase: boolean, radiusMm: number, at: Vec3): boolean {
    const rule = this.ruleAt(at, erase);
    if (!rule) return false;
    const kind = erase ? "erase" : "brush";
    this.stroke = { recorder: this.store.begin(), rule, brush, radiusMm, kind, last: at };
    this.continueStroke(at);
    return true;
  }

  continueStroke(to: Vec3): void {
    const { stroke } = this;
    if (!stroke) return;
    paintCapsule(this.grid, stroke.rule, stroke.recorder, stroke.brush, stroke.last, to, stroke.radiusMm);
    stroke.last = to;
    this.hooks.drawn(stroke.recorder.takeTouched(this.geometry.shape));
  }

  endStroke(): void {
    const { stroke } = this;
    this.stroke = null;
    if (!stroke) return;
    const verb = stroke.kind === "erase" ? t("Erase") : stroke.brush.kind === "circle" ? t("Paint") : t("Paint 3D");
    const what = stroke.kind === "erase" ? this.erasedName() : nameOf(this.activeLabel);
    this.keep({
      changes: stroke.recorder.finish(),
      kind: stroke.kind,
      name: `${verb} ${what}`,
      label: this.activeLabel,
    });
  }

  cancelStroke(): void {
    const { stroke } = this;
    this.stroke = null;
    if (!stroke) return;
    const changes = stroke.recorder.finish();
    stroke.recorder.cancel();
    if (changes) this.hooks.drawn(slicesOfChanges(changes, this.geometry.shape));
  }

  fill(plane: Plane, at: Vec3, erase: boolean): void {
    const rule = this.ruleAt(at, erase);
    if (!rule) return;
    const recorder = this.store.begin();
    if (!fillArea(this.grid, rule, recorder, plane, at)) {
      this.hooks.refused(OPEN_AREA);
      return;
    }
    this.keep({
      changes: recorder.finish(),
      kind: "fill",
      name: this.nameOfArea("fill", erase),
      label: this.activeLabel,
    });
  }

  /** Cut or fill with an outline drawn on a plane. */
  cut(plane: Plane, slice: number, polygon: readonly (readonly [number, number])[], settings: ScissorsSettings): void {
    const erase = settings.mode !== "fill-inside";
    const centre: [number, number, number] = [0, 0, 0];
    centre[PLANE_AXIS[plane]] = slice;
    const rule = this.ruleAt(centre, erase);
    if (!rule || polygon.length < 3) return;
    const depth = settings.depth === "all" ? this.geometry.shape[PLANE_AXIS[plane]] : settings.depth;
    const recorder = this.store.begin();
    const side = settings.mode === "erase-outside" ? "outside" : "inside";
    paintPolygon(this.grid, rule, recorder, plane, { first: slice - depth, last: slice + depth }, polygon, side);
    this.keep({
      changes: recorder.finish(),
      kind: "scissors",
      name: this.nameOfArea("scissors", erase),
      label: this.activeLabel,
    });
  }

  /**
   * Fill or cut an area of a picture that is no plane of the grid.
   *
   * @param at the voxel under the pointer, for a gate around its density
   * @param find the voxels that come into question; those that the rule keeps are left as they are. `box` holds all
   *   that an erasing rule may change. Null: the area is open.
   */
  paintArea(
    kind: "contour" | "fill" | "scissors",
    at: Vec3,
    erase: boolean,
    find: (wanted: (index: number) => boolean, box: VoxelBox | null) => Iterable<number> | null,
  ): void {
    const rule = this.ruleAt(at, erase);
    if (!rule) return;
    const box = erase ? this.summary.boxOf(this.summary.labels().filter((label) => rule.mayChange[label] === 1)) : null;
    if (erase && !box) return;
    const found = find((index) => rule.mayChange[this.grid.mask[index] ?? 0] === 1, box);
    if (!found) {
      this.hooks.refused(OPEN_AREA);
      return;
    }
    const recorder = this.store.begin();
    for (const index of found) writeIfAllowed(this.grid, rule, recorder, index);
    this.keep({ changes: recorder.finish(), kind, name: this.nameOfArea(kind, erase), label: this.activeLabel });
  }

  private nameOfArea(kind: "contour" | "fill" | "scissors", erase: boolean): string {
    if (erase) return `${kind === "fill" ? t("Empty area of") : t("Cut")} ${this.erasedName()}`;
    return `${{ contour: t("Outline"), fill: t("Fill"), scissors: t("Fill outline") }[kind]} ${nameOf(this.activeLabel)}`;
  }

  /** What the reader is told of an erasing step. */
  private erasedName(): string {
    return this.scope === "all" ? t("all vertebrae") : nameOf(this.activeLabel);
  }

  /** Tell the reader which of these levels is locked; true where one is. */
  refuseLocked(labels: Iterable<number>): boolean {
    const locked = this.locks.lockedAmong(labels);
    if (locked.length === 0) return false;
    const names = locked.map(nameOf).join(", ");
    this.hooks.refused(
      t("{{names}} {{locked}} locked: open the lock in the list of vertebrae first.", {
        names,
        locked: locked.length === 1 ? t("is") : t("are"),
      }),
    );
    return true;
  }

  refuse(why: string): void {
    this.hooks.refused(why);
  }

  /**
   * Give labels other numbers in one step. Locks that go with the vertebra in hand are for tools; renumbering is
   * a decision of its own. A level locked by hand keeps its name and its voxels.
   */
  relabel(moves: ReadonlyMap<number, number>, name: string): boolean {
    const box = this.summary.boxOf(moves.keys());
    if (!box || !this.makeRoom()) return false;
    // A locked level that is not there yet would still be given voxels.
    if (this.refuseLocked([...moves].filter(([from]) => this.summary.get(from) !== null).flat())) return false;
    const changes = relabelChanges(this.mask, this.geometry.shape, box, moves);
    return this.write({ changes, kind: "relabel", name, label: null });
  }

  /** Take in slices that come from elsewhere (kept edits, a choice in adjudication) as one step. */
  applyDelta(delta: SliceDelta, kind: string, name: string, label: number | null): boolean {
    this.cancelPreview();
    return this.write({ changes: changesOfDelta(this.mask, delta), kind, name, label });
  }

  // A change that is shown before it is made

  propose(proposal: Proposal): void {
    this.cancelPreview();
    this.preview.show(proposal);
    const { name, changes, canTurn = false, back } = proposal;
    this.hooks.drawn(slicesOfChanges(changes, this.geometry.shape));
    this.hooks.previewed({ name, canTurn, back: back?.name ?? null, ...tally(changes) });
  }

  /** Make the proposed change: one step that can be undone. */
  acceptPreview(): boolean {
    if (this.isBusy()) return false;
    const { shown } = this.preview;
    // It stays shown: the reader may open the lock, or cancel.
    if (!shown || this.refuseLocked(labelsOf(shown.changes))) return false;
    const proposal = this.preview.hide();
    if (!proposal) return false;
    this.hooks.previewed(null);
    return this.make(proposal);
  }

  cancelPreview(): boolean {
    const proposal = this.preview.hide();
    if (!proposal) return false;
    this.hooks.drawn(slicesOfChanges(proposal.changes, this.geometry.shape));
    this.hooks.previewed(null);
    return true;
  }

  /** Write changes that were worked out elsewhere on the mask as it is. A level may have been locked meanwhile. */
  make(proposal: Proposal): boolean {
    if (this.refuseLocked(labelsOf(proposal.changes))) return false;
    return this.write(proposal);
  }

  /** Take back what is proposed, or the last step. */
  undo(): boolean {
    if (this.isBusy()) return false;
    const { shown } = this.preview;
    if (shown) {
      if (shown.back) shown.back.run();
      else this.cancelPreview();
      return true;
    }
    const step = this.store.undo();
    if (!step) return false;
    this.announce(step.changes, { kind: "undo", name: t("Undo {{name}}", { name: step.name }), label: step.label });
    return true;
  }

  redo(): boolean {
    if (!this.makeRoom()) return false;
    const step = this.store.redo();
    if (!step) return false;
    this.announce(step.changes, { kind: "redo", name: t("Redo {{name}}", { name: step.name }), label: step.label });
    return true;
  }

  /** What a recorder has written becomes a step. */
  private keep(step: PossibleStep): void {
    const { changes } = step;
    if (!changes) return;
    this.store.keep({ ...stepOf(step), changes });
    this.announce(changes, step);
  }

  private write(step: PossibleStep): boolean {
    const { changes } = step;
    if (!changes) return false;
    this.store.make({ ...stepOf(step), changes });
    this.announce(changes, step);
    return true;
  }

  private announce(changes: ChangeSet, { kind, name, label }: Omit<PossibleStep, "changes">): void {
    const slices = slicesOfChanges(changes, this.geometry.shape);
    this.hooks.drawn(slices);
    this.hooks.edited({ kind, name, label, slices });
  }

  labelAt(voxel: Vec3): number {
    const [i, j, k] = this.geometry.clampToVoxel(voxel);
    const index = this.geometry.flatIndex(i, j, k);
    return this.grid.mask[index] ?? 0;
  }

  densityAt(voxel: Vec3): number {
    return this.huAt(voxel);
  }
}
