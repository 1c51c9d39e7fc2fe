/** A mask that comes back from another program: what it would change is shown first, and taken in as one step. */

import * as v from "valibot";
import { t } from "@/i18n";
import type { DesktopChange, ReturnedSaid } from "@/api/assignments";
import { ApiError } from "@/api/errors";
import { changesOfDelta } from "@/domain/changes";
import { checked } from "@/domain/incoming";
import { decodeSlices } from "@/domain/vbd1";
import type { MaskEditor } from "@/viewer";

/** The server's word for a whole mask from elsewhere. */
const KIND = "desktop";

const READINGS = v.array(v.object({ key: v.string(), name: v.string(), levels: v.string() }));

/** One way to read the numbers of a file. */
export type NumberReading = v.InferOutput<typeof READINGS>[number];

/** What of a file is shown over the mask now. */
export interface ShownFile {
  readonly name: string;
  readonly change: DesktopChange;
}

export interface ReturnedMaskHooks {
  /** What the file would change of the saved mask; null where the reader did not wait for it. */
  readonly ask: (file: File, said: ReturnedSaid) => Promise<DesktopChange | null>;
  /** Whether a file of an earlier state of the mask is to be taken all the same. */
  readonly replaces: (message: string) => Promise<boolean>;
  /** Whose numbers the file holds; null where the reader leaves it. */
  readonly numbersOf: (message: string, readings: readonly NumberReading[]) => Promise<string | null>;
  readonly onShown: (shown: ShownFile | null) => void;
}

export class ReturnedMask {
  constructor(
    private readonly editor: MaskEditor,
    private readonly hooks: ReturnedMaskHooks,
  ) {}

  /**
   * Show what a file would change. What the server asks back is asked of the reader.
   *
   * @throws what asking the server throws, except for these questions
   */
  async take(file: File, said: ReturnedSaid = {}): Promise<void> {
    if (this.editor.isBusy()) return;
    try {
      const change = await this.hooks.ask(file, said);
      if (change) await this.show(file, change);
    } catch (error) {
      const more = error instanceof ApiError ? await this.answerTo(error) : null;
      if (more === null) throw error;
      if (more !== "left") await this.take(file, { ...said, ...more });
    }
  }

  /** What the reader says to a question of the server: "left" where they leave it, null where it is none. */
  private async answerTo(error: ApiError): Promise<ReturnedSaid | "left" | null> {
    switch (error.code) {
      case "mask_moved_on":
        return (await this.hooks.replaces(error.message)) ? { replace: true } : "left";
      case "numbering_unconfirmed": {
        const readings = checked(READINGS, error.extra["readings"], t("the readings of the numbers"));
        const numbering = await this.hooks.numbersOf(error.message, readings);
        return numbering === null ? "left" : { numbering };
      }
      default:
        return null;
    }
  }

  private async show({ name }: File, change: DesktopChange): Promise<void> {
    const { editor } = this;
    const payload = Uint8Array.from(atob(change.delta_b64), (character) => character.charCodeAt(0));
    const changes = changesOfDelta(editor.mask, await decodeSlices(payload, editor.grid.shape));
    if (!changes) {
      editor.refuse([t("{{name}} holds the mask as it is here.", { name }), ...change.remarks].join(" "));
      return;
    }
    editor.propose({ changes, kind: KIND, label: null, name: t("Mask from {{name}}", { name }) });
    this.hooks.onShown({ name, change });
  }
}
