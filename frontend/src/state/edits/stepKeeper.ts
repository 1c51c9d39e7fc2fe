/**
 * Keeps the steps of a task for its next opening. A step can be taken back only on the very mask that it left, so
 * each has the digests of the mask before and after it: where the server's mask is none of those, all are dropped.
 */

import { changeBytes } from "@/domain/changes";
import type { EditStep, KeptSteps } from "@/domain/history";
import type { MaskStore } from "@/domain/maskStore";
import type { StepStore, StoredStep } from "./stepStore";

/** What the steps of one task may take on disk: some thousand strokes. */
const MOST_BYTES = 16 * 1024 * 1024;

interface Whose {
  readonly assignmentId: string;
  readonly userId: string;
}

export interface FoundSteps {
  readonly kept: KeptSteps;
  readonly stored: readonly StoredStep[];
}

/**
 * The steps that led to the mask, and those undone after it; null where there are none.
 *
 * @param digest of the server's mask; null where it is not edited any more: its steps are deleted
 */
export async function findSteps(
  store: StepStore,
  { assignmentId, userId }: Whose,
  digest: string | null,
): Promise<FoundSteps | null> {
  try {
    const read = digest === null ? null : await store.read(assignmentId);
    if (digest !== null && read?.list.userId === userId && isChain(read.steps)) {
      const { steps: stored, list } = read;
      const applied = positionOf(stored, list.applied, digest);
      if (applied !== null) return { kept: { steps: stored.map(({ step }) => step), applied }, stored };
    }
    await store.forget(assignmentId);
  } catch {
    // A browser that keeps nothing has no steps; the session says so where unsaved work is at stake.
  }
  return null;
}

/** Whether each step was made on what the one before it left: none between them is missing, or another tab's. */
function isChain(stored: readonly StoredStep[]): boolean {
  return stored.every(({ before }, at) => at === 0 || before === stored[at - 1]?.after);
}

/** After how many steps the mask was this one. Edits that had not been sent are not in it. */
function positionOf(stored: readonly StoredStep[], applied: number, digest: string): number | null {
  const masks = [stored[0]?.before, ...stored.map(({ after }) => after)];
  if (masks[applied] === digest) return applied;
  const at = masks.lastIndexOf(digest);
  return at < 0 ? null : at;
}

type Known = Omit<StoredStep, "step">;

export interface StepKeeperOptions extends Whose {
  readonly mask: MaskStore;
  readonly store: StepStore;
  /** Of the mask as it was opened. */
  readonly digest: string;
  readonly found: FoundSteps | null;
  readonly mostBytes?: number;
}

export class StepKeeper {
  /** Of each step in the mask's history, by its id. */
  private readonly known = new Map<number, Promise<Known>>();
  private onDisk = new Set<string>();
  private now: Promise<string>;
  private writes: Promise<void> = Promise.resolve();
  private ended = false;

  constructor(private readonly options: StepKeeperOptions) {
    this.now = Promise.resolve(options.digest);
    const stored = options.found?.stored ?? [];
    // The memory's bound is wider than the disk's: what was found is all there.
    options.mask.history.list.forEach(({ id }, at) => {
      const found = stored[at];
      if (found) this.known.set(id, Promise.resolve(found));
    });
    this.onDisk = new Set(stored.map(({ key }) => key));
  }

  /** To be called right after each step, undo and redo, before the next one is made. */
  note(): void {
    if (this.ended) return;
    const { mask, assignmentId } = this.options;
    const { list, applied } = mask.history;
    const [before, after] = [this.now, mask.digest()];
    this.now = after;
    const last = list[applied - 1];
    if (last && !this.known.has(last.id)) {
      const key = crypto.randomUUID();
      this.known.set(
        last.id,
        Promise.all([before, after]).then(([was, is]) => ({ key, assignmentId, before: was, after: is })),
      );
    }
    const { from, to } = this.fitting(list, applied);
    const steps = list.slice(from, to);
    const ids = new Set(list.map(({ id }) => id));
    for (const id of this.known.keys()) if (!ids.has(id)) this.known.delete(id);
    const known = steps.map(({ id }) => this.known.get(id));
    this.writes = this.writes
      .then(async () => this.write(steps, await Promise.all(known), applied - from))
      // Without room on disk the steps are those of this page, as without a disk.
      .catch(() => {
        this.ended = true;
      });
  }

  /** Steps around the mask as it is that fit on the disk: those that undo takes back first. */
  private fitting(list: readonly EditStep[], applied: number): { from: number; to: number } {
    let left = this.options.mostBytes ?? MOST_BYTES;
    let [from, to] = [applied, applied];
    const fits = (step: EditStep | undefined): boolean => {
      if (!step || !this.known.has(step.id) || changeBytes(step.changes) > left) return false;
      left -= changeBytes(step.changes);
      return true;
    };
    while (fits(list[from - 1])) from--;
    while (fits(list[to])) to++;
    return { from, to };
  }

  private async write(
    steps: readonly EditStep[],
    known: readonly (Known | undefined)[],
    applied: number,
  ): Promise<void> {
    const { assignmentId, userId, store } = this.options;
    const entries = steps.flatMap(({ kind, name, label, changes }, at) => {
      const of = known[at];
      return of ? [{ ...of, step: { kind, name, label, changes } }] : [];
    });
    const keys = entries.map(({ key }) => key);
    const added = entries.filter(({ key }) => !this.onDisk.has(key));
    const gone = [...this.onDisk].filter((key) => !keys.includes(key));
    await store.write({ assignmentId, userId, keys, applied, at: Date.now() }, added, gone);
    this.onDisk = new Set(keys);
  }

  /** Resolves when all that was noted is on disk. */
  settled(): Promise<void> {
    return this.writes;
  }

  /** The task has ended: nothing of it stays here. */
  async forget(): Promise<void> {
    this.ended = true;
    await this.writes;
    await this.options.store.forget(this.options.assignmentId).catch(() => undefined);
  }
}
