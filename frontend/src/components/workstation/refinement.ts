/**
 * One vertebra by clicks: each asks the engine anew with all clicks so far, and shows what would change. Where the level
 * has no voxel yet, the first click has the engine draw the vertebra that is there.
 */

import { t } from "@/i18n";
import { changesOfDelta, type ChangeSet } from "@/domain/changes";
import type { Vec3 } from "@/domain/geometry";
import { nameOf } from "@/domain/labels";
import type { SliceDelta } from "@/domain/vbd1";
import { EDIT_TOOLS, type MaskEditor, type ToolName } from "@/viewer";

export interface RefineClick {
  readonly voxel: Vec3;
  readonly positive: boolean;
  /** The engine has not answered it yet. */
  readonly pending?: boolean;
}

/** What the engine would make of the saved mask; null where the reader did not wait for it. */
export type AskEngine = (label: number, clicks: readonly RefineClick[]) => Promise<SliceDelta | null>;

/** A click, and what all clicks up to it would change. */
interface Answered {
  readonly click: RefineClick;
  readonly changes: ChangeSet;
}

/** What to hold when a level without a voxel was chosen: the tool that draws already, else a click has it drawn. */
export function toolForEmptyLevel(held: ToolName): ToolName {
  return EDIT_TOOLS.has(held) && held !== "erase" && held !== "split" ? held : "refine";
}

export class Refinement {
  /** Each click with its answer, so that the last one can be taken back without asking again. */
  private answered: readonly Answered[] = [];
  private label = 0;

  /**
   * @param isShown whether a proposed change is shown
   * @param onClicks told which clicks count now, for drawing them
   */
  constructor(
    private readonly editor: MaskEditor,
    private readonly isShown: () => boolean,
    private readonly ask: AskEngine,
    private readonly onClicks: (clicks: readonly RefineClick[]) => void,
  ) {}

  private get clicks(): RefineClick[] {
    return this.answered.map(({ click }) => click);
  }

  /**
   * Take in a click. Clicks go on while their preview is shown; after it was accepted or cancelled they begin anew.
   *
   * @throws what asking the engine throws; the click counts as not made then
   */
  async click(click: RefineClick): Promise<boolean> {
    const { editor } = this;
    const label = editor.activeLabel;
    if (editor.isBusy() || label === 0 || editor.refuseLocked([label])) {
      if (label === 0) editor.refuse(t("Choose a vertebra first."));
      return false;
    }
    if (!this.isShown() || label !== this.label) this.answered = [];
    if (this.answered.length === 0 && !click.positive && editor.summary.get(label) === null) {
      editor.refuse(
        t("{{label}} has no voxel yet: click into the middle of its body first.", { label: nameOf(label) }),
      );
      return false;
    }
    this.label = label;
    this.onClicks([...this.clicks, { ...click, pending: true }]);
    try {
      const delta = await this.ask(label, [...this.clicks, click]);
      return delta !== null && this.take(click, delta);
    } finally {
      this.onClicks(this.clicks);
    }
  }

  private take(click: RefineClick, delta: SliceDelta): boolean {
    const { editor, answered } = this;
    // The answer is for the mask without what is proposed.
    editor.cancelPreview();
    const changes = changesOfDelta(editor.mask, delta);
    if (changes) {
      this.show([...answered, { click, changes }]);
      return true;
    }
    this.show(answered);
    editor.refuse(
      answered.length === 0
        ? t("The engine would change nothing.")
        : t("With this click the engine would change nothing: it was left out."),
    );
    return false;
  }

  private show(answered: readonly Answered[]): void {
    this.answered = answered;
    const last = answered.at(-1);
    if (!last) return;
    const count = answered.length;
    const deed = this.editor.summary.get(this.label) === null ? t("Draw") : t("Refine");
    this.editor.propose({
      changes: last.changes,
      kind: "refine",
      label: this.label,
      name: t("{{deed}} {{label}} by {{count}} {{count2}}", {
        deed,
        label: nameOf(this.label),
        count,
        count2: count === 1 ? t("click") : t("clicks"),
      }),
      back: { name: t("Last click back"), run: () => this.takeBack() },
    });
  }

  /** Take the last click back: what the engine answered before it is shown again. */
  private takeBack(): void {
    const rest = this.answered.slice(0, -1);
    this.editor.cancelPreview();
    this.show(rest);
    this.onClicks(this.clicks);
  }

  /** Nothing is proposed any more: it was accepted, or it went. */
  ended(): void {
    if (this.answered.length === 0) return;
    this.answered = [];
    this.onClicks([]);
  }
}
