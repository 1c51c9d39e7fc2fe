/** Operations that are too heavy for the thread that draws: handed to a worker, shown first where that is wanted. */

import { t } from "@/i18n";
import { composeChanges, type ChangeSet } from "@/domain/changes";
import { PLANE_AXIS, type Plane, type Vec3 } from "@/domain/geometry";
import { compareLabels, nameOf, neighbourLevel, planOf } from "@/domain/labels";
import { sideOf, type Operation, type SplitOperation } from "@/domain/operations";
import { makeTask, OperationCancelled, type OperationRunner } from "@/domain/operationTask";
import { axesInPlane } from "@/domain/painting";
import { adaptiveGate, paintRule, type Scope } from "@/domain/paintRule";
import type { MaskEditor } from "./maskEditor";
import type { Busy, GrowSettings } from "./types";

export interface OperationRequest {
  readonly operation: Operation;
  /** As it will stand in the list of steps. */
  readonly name: string;
  readonly scope?: Scope;
  /** Show it first. */
  readonly preview?: boolean;
}

export type SplitLine = readonly [readonly [number, number], readonly [number, number]];

export class OperationDesk {
  private asking: AbortController | null = null;
  private lastSplit: { readonly operation: SplitOperation; readonly name: string } | null = null;

  constructor(
    private readonly editor: MaskEditor,
    private readonly runner: OperationRunner,
    private readonly onBusy: (busy: Busy | null) => void,
  ) {}

  /** The levels that an operation works on, head to foot; empty, after telling the reader why, where there are none. */
  private labelsFor(scope: Scope, operation: Operation): number[] {
    const { editor } = this;
    const { activeLabel, locks, summary } = editor;
    if (scope === "all") {
      const free = summary.labels().filter((label) => locks.stateOf(label) !== "locked");
      if (free.length === 0) editor.refuse(t("Every vertebra is locked."));
      return free;
    }
    if (activeLabel === 0) {
      editor.refuse(t("Choose a vertebra first."));
      return [];
    }
    const written = operation.kind === "split" ? [activeLabel, operation.target] : [activeLabel];
    if (locks.lockedAmong(written).length > 0) {
      editor.refuse(
        t("{{written}} is locked: open the lock in the list of vertebrae first.", {
          written: locks.lockedAmong(written).map(nameOf).join(", "),
        }),
      );
      return [];
    }
    return [activeLabel];
  }

  /**
   * Do something to the vertebra in hand, or to all that are not locked by hand, as one step.
   *
   * @returns whether the mask is changed, or a change is shown
   */
  async operate({ operation, name, scope = "one", preview = false }: OperationRequest): Promise<boolean> {
    const { editor } = this;
    if (editor.isBusy()) return false;
    editor.endStroke();
    editor.cancelPreview();
    const labels = this.labelsFor(scope, operation);
    if (labels.length === 0) return false;
    const changes = await this.workOut(labels, operation, name);
    if (changes === "cancelled") return false;
    if (!changes) {
      editor.refuse(t("{{name}}: nothing to change.", { name }));
      return false;
    }
    const label = scope === "all" ? null : (labels[0] ?? null);
    const proposal = { changes, kind: operation.kind, name, label, canTurn: operation.kind === "split" };
    if (!preview) return editor.make(proposal);
    editor.propose(proposal);
    return true;
  }

  private async workOut(
    labels: readonly number[],
    operation: Operation,
    name: string,
  ): Promise<ChangeSet | null | "cancelled"> {
    const { editor } = this;
    // An adaptive gate needs a click; a fixed one holds for what is added here too.
    const gate = editor.gate.kind === "range" ? editor.gate.range : null;
    const made: ChangeSet[] = [];
    const total = labels.length;
    editor.busyWith = name;
    this.onBusy({ name, done: 0, total });
    try {
      for (const [order, label] of labels.entries()) {
        const rule = paintRule({
          activeLabel: label,
          erase: false,
          paintOver: editor.paintOver,
          locks: editor.locks,
          gate,
        });
        const task = makeTask(editor.grid, rule, editor.summary.boxOf([label]), operation, made);
        const changes = task && (await this.runner.run(task));
        if (changes) made.push(changes);
        this.onBusy({ name, done: order + 1, total });
      }
      return composeChanges(made);
    } catch (error) {
      if (!(error instanceof OperationCancelled))
        editor.refuse(
          t("{{name}} failed: {{error}}", { name, error: error instanceof Error ? error.message : String(error) }),
        );
      return "cancelled";
    } finally {
      editor.busyWith = null;
      this.onBusy(null);
    }
  }

  /** Stop what is under way; the mask stays as it was. */
  cancel(): void {
    this.runner.cancel();
    this.cancelAsking();
  }

  /**
   * Ask for something elsewhere that answers for the mask as it is: until then nothing may change it.
   *
   * @returns null where it was cancelled, or something else is under way
   * @throws what `work` throws
   */
  async ask<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    const { editor } = this;
    if (editor.isBusy()) return null;
    const asking = new AbortController();
    this.asking = asking;
    editor.busyWith = name;
    this.onBusy({ name, done: 0, total: 1 });
    try {
      const answer = await work(asking.signal);
      return asking.signal.aborted ? null : answer;
    } catch (error) {
      if (asking.signal.aborted) return null;
      throw error;
    } finally {
      if (this.asking === asking) this.stopAsking();
    }
  }

  /** Wait no more for an answer. */
  cancelAsking(): void {
    this.asking?.abort();
    if (this.asking) this.stopAsking();
  }

  private stopAsking(): void {
    this.asking = null;
    this.editor.busyWith = null;
    this.onBusy(null);
  }

  /** Bone connected with a click, in three dimensions or in the slice. */
  growAt(plane: Plane, at: Vec3, { gate, reachMm, depth }: GrowSettings): Promise<boolean> {
    const [i, j, k] = at.map((value, axis) =>
      Math.min((this.editor.grid.shape[axis] ?? 1) - 1, Math.max(0, Math.round(value))),
    ) as [number, number, number];
    const range = gate.kind === "range" ? gate.range : adaptiveGate(this.editor.densityAt([i, j, k]), gate.toleranceHu);
    const operation: Operation = {
      kind: "grow-from",
      seed: [i, j, k],
      range,
      reachMm,
      axis: depth === "slice" ? PLANE_AXIS[plane] : null,
    };
    return this.operate({
      operation,
      name: t("Grow {{activeLabel}} from a click", { activeLabel: nameOf(this.editor.activeLabel) }),
    });
  }

  /** The shape of the vertebra in hand in a slice, given to its neighbour. */
  copySlice(plane: Plane, slice: number, step: 1 | -1): Promise<boolean> {
    const operation: Operation = { kind: "copy-slice", plane, from: slice, to: slice + step };
    return this.operate({
      operation,
      name: t("Copy {{activeLabel}} to slice {{slice}}", {
        activeLabel: nameOf(this.editor.activeLabel),
        slice: slice + step + 1,
      }),
    });
  }

  /** Cut the vertebra in hand along a line; what lies beyond is shown as `target` until it is accepted. */
  splitBy(plane: Plane, [from, to]: SplitLine, wanted: number | null): Promise<boolean> {
    const { activeLabel, summary } = this.editor;
    const target = wanted ?? neighbourLevel(activeLabel, 1, planOf(summary.labels()));
    if (target === null || target === activeLabel) {
      this.editor.refuse(t("Choose which level the part beyond the cut is."));
      return Promise.resolve(false);
    }
    const line = { kind: "split", axes: axesInPlane(plane), from, to, target } as const;
    return this.showSplit({ ...line, side: this.sideOfPart(line, target) });
  }

  /** Show the other side of the cut that is shown. */
  turnSplit(): Promise<boolean> {
    const last = this.lastSplit;
    if (!last) return Promise.resolve(false);
    return this.showSplit({ ...last.operation, side: last.operation.side === 1 ? -1 : 1 });
  }

  private showSplit(operation: SplitOperation): Promise<boolean> {
    const name = t("Split {{activeLabel}}: beyond the cut {{target}}", {
      activeLabel: nameOf(this.editor.activeLabel),
      target: nameOf(operation.target),
    });
    this.lastSplit = { operation, name };
    return this.operate({ operation, name, preview: true });
  }

  /** A level that comes below takes the lower part; where the cut stands upright, the part without the centre. */
  private sideOfPart(line: Omit<SplitOperation, "side">, target: number): 1 | -1 {
    const { grid, summary, activeLabel } = this.editor;
    const centre = summary.get(activeLabel)?.centre ?? [0, 0, 0];
    const [, vertical] = line.axes;
    const run = Math.abs(line.to[0] - line.from[0]) * grid.spacingMm[line.axes[0]];
    const rise = Math.abs(line.to[1] - line.from[1]) * grid.spacingMm[vertical];
    if (vertical !== 2 || rise > run) return sideOf(line, centre, grid.spacingMm) > 0 ? -1 : 1;
    const below = compareLabels(target, activeLabel) > 0;
    const end: Vec3 = [line.from[0], line.from[0], line.from[1] + (below ? -1 : 1)];
    return sideOf(line, end, grid.spacingMm) > 0 ? 1 : -1;
  }
}
