/** Refining one vertebra by clicks: each asks the engine anew with all clicks so far, and shows what would change. */

import { changesOfDelta } from "@/domain/changes";
import type { Vec3 } from "@/domain/geometry";
import { nameOf } from "@/domain/labels";
import type { SliceDelta } from "@/domain/vbd1";
import type { MaskEditor } from "@/viewer/maskEditor";

export interface RefineClick {
  readonly voxel: Vec3;
  readonly positive: boolean;
}

/** What the engine would make of the saved mask. */
export type AskEngine = (label: number, clicks: readonly RefineClick[]) => Promise<SliceDelta>;

export class Refinement {
  private clicks: readonly RefineClick[] = [];
  private label = 0;
  private isAsking = false;

  constructor(
    private readonly editor: MaskEditor,
    private readonly isShown: () => boolean,
    private readonly ask: AskEngine,
  ) {}

  /**
   * Take in a click. Clicks go on while their preview is shown; after it was accepted or cancelled they begin anew.
   *
   * @throws what asking the engine throws; the click counts as not made then
   */
  async click(click: RefineClick): Promise<boolean> {
    const { editor } = this;
    const label = editor.activeLabel;
    if (label === 0 || editor.refuseLocked([label])) {
      if (label === 0) editor.refuse("Choose a vertebra first.");
      return false;
    }
    if (this.isAsking) {
      editor.refuse("The engine is still at your last click.");
      return false;
    }
    const before = this.isShown() && label === this.label ? this.clicks : [];
    const clicks = [...before, click];
    this.isAsking = true;
    try {
      const delta = await this.ask(label, clicks);
      editor.cancelPreview();
      this.label = label;
      this.clicks = clicks;
      const changes = changesOfDelta(editor.mask, delta);
      if (!changes) {
        editor.refuse("The engine would change nothing.");
        return false;
      }
      editor.propose({ changes, kind: "refine", label, name: `Refine ${nameOf(label)} by ${clicks.length} ${clicks.length === 1 ? "click" : "clicks"}` });
      return true;
    } finally {
      this.isAsking = false;
    }
  }
}
