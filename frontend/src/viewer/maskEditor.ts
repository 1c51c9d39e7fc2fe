/** The mask and all that may happen to it: tools, rules, locks, undo. Knows no screen. */

import { ChangeRecorder, changesOfDelta, relabelMask, slicesOfChanges, type ChangeSet } from "@/domain/changes";
import { PLANE_AXIS, type Plane, type Vec3, type VolumeGeometry } from "@/domain/geometry";
import { EditHistory } from "@/domain/history";
import { nameOf } from "@/domain/labels";
import { operate, type Operation } from "@/domain/operations";
import { fillArea, paintCapsule, paintPolygon, type BrushShape, type PaintGrid } from "@/domain/painting";
import { adaptiveGate, allowsNothing, LabelLocks, paintRule, type HuRange, type PaintOver, type PaintRule } from "@/domain/paintRule";
import { MaskSummary } from "@/domain/summary";
import { applySlices, sliceOf, type SliceDelta } from "@/domain/vbd1";
import type { EditEvent, GateMode, ScissorsSettings } from "./types";

export interface MaskEditorHooks {
  /** Voxels of these axial slices are new: draw them. */
  readonly drawn: (ks: readonly number[]) => void;
  /** A whole edit is done. */
  readonly edited: (event: EditEvent) => void;
  readonly refused: (why: string) => void;
}

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
  readonly history = new EditHistory();
  readonly summary: MaskSummary;
  activeLabel = 0;
  paintOver: PaintOver = "everything";
  gate: GateMode = { kind: "off" };
  private readonly grid: PaintGrid;
  private stroke: Stroke | null = null;

  constructor(
    private readonly geometry: VolumeGeometry,
    readonly mask: Uint8Array,
    hu: Int16Array,
    private readonly hooks: MaskEditorHooks,
  ) {
    this.grid = { shape: geometry.shape, spacingMm: geometry.spacingMm, mask, hu };
    this.summary = new MaskSummary(mask, geometry.shape);
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
    if (this.activeLabel === 0) {
      this.hooks.refused("Choose a vertebra first.");
      return null;
    }
    const { activeLabel, paintOver, locks } = this;
    const rule = paintRule({ activeLabel, erase, paintOver, locks, gate: this.gateAt(voxel, erase) });
    if (!allowsNothing(rule)) return rule;
    const locked = locks.isLocked(activeLabel, activeLabel);
    const name = nameOf(activeLabel);
    this.hooks.refused(locked ? `${name} is locked.` : `${erase ? "Erasing" : "Painting"} ${name} would touch locked vertebrae only.`);
    return null;
  }

  startStroke(brush: BrushShape, erase: boolean, radiusMm: number, at: Vec3): boolean {
    const rule = this.ruleAt(at, erase);
    if (!rule) return false;
    const kind = erase ? "erase" : "brush";
    this.stroke = { recorder: new ChangeRecorder(this.grid.mask), rule, brush, radiusMm, kind, last: at };
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
    const verb = stroke.kind === "erase" ? "Erase" : stroke.brush.kind === "circle" ? "Paint" : "Paint 3D";
    this.keep(stroke.recorder.finish(), stroke.kind, `${verb} ${nameOf(this.activeLabel)}`, this.activeLabel);
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
    const recorder = new ChangeRecorder(this.grid.mask);
    if (!fillArea(this.grid, rule, recorder, plane, at)) {
      this.hooks.refused("That area is open to the border of the slice; close the outline first.");
      return;
    }
    this.keep(recorder.finish(), "fill", `Fill ${nameOf(this.activeLabel)}`, this.activeLabel);
  }

  /** Cut or fill with an outline drawn on a plane. */
  cut(plane: Plane, slice: number, polygon: readonly (readonly [number, number])[], settings: ScissorsSettings): void {
    const erase = settings.mode !== "fill-inside";
    const centre: [number, number, number] = [0, 0, 0];
    centre[PLANE_AXIS[plane]] = slice;
    const rule = this.ruleAt(centre, erase);
    if (!rule || polygon.length < 3) return;
    const depth = settings.depth === "all" ? this.geometry.shape[PLANE_AXIS[plane]] : settings.depth;
    const recorder = new ChangeRecorder(this.grid.mask);
    const side = settings.mode === "erase-outside" ? "outside" : "inside";
    paintPolygon(this.grid, rule, recorder, plane, { first: slice - depth, last: slice + depth }, polygon, side);
    const verb = erase ? "Cut" : "Fill outline";
    this.keep(recorder.finish(), "scissors", `${verb} ${nameOf(this.activeLabel)}`, this.activeLabel);
  }

  /** Do something to the whole active vertebra, as one step. */
  operate(operation: Operation, name: string): boolean {
    const { activeLabel, paintOver, locks } = this;
    if (activeLabel === 0 || locks.isLocked(activeLabel, activeLabel)) {
      this.hooks.refused(activeLabel === 0 ? "Choose a vertebra first." : `${nameOf(activeLabel)} is locked.`);
      return false;
    }
    // An adaptive gate needs a click; a fixed one holds for what is added here too.
    const gate = this.gate.kind === "range" ? this.gate.range : null;
    const recorder = new ChangeRecorder(this.grid.mask);
    operate(this.grid, paintRule({ activeLabel, erase: false, paintOver, locks, gate }), recorder, operation);
    const done = this.keep(recorder.finish(), operation.kind, name, activeLabel);
    if (!done) this.hooks.refused(`${name}: nothing to change.`);
    return done;
  }

  /** Give labels other numbers in one step. Locks are for tools; renumbering is a decision of its own. */
  relabel(moves: ReadonlyMap<number, number>, name: string): boolean {
    return this.keep(relabelMask(this.grid.mask, moves), "relabel", name, null);
  }

  /** Take in slices that come from elsewhere (kept edits, a choice in adjudication) as one step. */
  applyDelta(delta: SliceDelta, kind: string, name: string, label: number | null): boolean {
    const changes = changesOfDelta(this.grid.mask, delta);
    applySlices(this.grid.mask, delta);
    return this.keep(changes, kind, name, label);
  }

  undo(): boolean {
    const step = this.history.undo(this.grid.mask);
    if (!step) return false;
    this.summary.update(step.changes, -1);
    this.announce(step.changes, "undo", `Undo ${step.name}`, step.label);
    return true;
  }

  redo(): boolean {
    const step = this.history.redo(this.grid.mask);
    if (!step) return false;
    this.summary.update(step.changes, 1);
    this.announce(step.changes, "redo", `Redo ${step.name}`, step.label);
    return true;
  }

  private keep(changes: ChangeSet | null, kind: string, name: string, label: number | null): boolean {
    if (!changes) return false;
    this.history.push({ name, kind, label, changes });
    this.summary.update(changes, 1);
    this.announce(changes, kind, name, label);
    return true;
  }

  private announce(changes: ChangeSet, kind: string, name: string, label: number | null): void {
    const slices = slicesOfChanges(changes, this.geometry.shape);
    this.hooks.drawn(slices);
    this.hooks.edited({ kind, name, label, slices });
  }

  labelAt(voxel: Vec3): number {
    const [i, j, k] = this.geometry.clampToVoxel(voxel);
    return this.grid.mask[this.geometry.flatIndex(i, j, k)] ?? 0;
  }

  densityAt(voxel: Vec3): number {
    return this.huAt(voxel);
  }

  /** A copy of one axial slice, for tests and previews. */
  sliceCopy(k: number): Uint8Array {
    return sliceOf(this.grid.mask, this.geometry.shape, k).slice();
  }
}

