/** Which labels a pane shows over the CT. */

import type { LabelArray } from "@/domain/labelArray";

export interface MaskOutline {
  readonly id: string;
  /** Labels on the viewer's grid, x fastest. */
  readonly mask: LabelArray;
  /** One CSS colour for all levels of this mask. */
  readonly colour: string;
  /** Only these levels; left out: all. */
  readonly only?: ReadonlySet<number>;
}

export type PaneMask =
  /** The mask that is edited, as the planes show it from the start. */
  | { readonly kind: "own" }
  /** The CT alone. */
  | { readonly kind: "none" }
  /** Another mask, filled in the levels' colours, read only. */
  | { readonly kind: "mask"; readonly mask: LabelArray }
  /**
   * Outlines of several masks over the CT; with `own` the edited mask is filled below them. `heat` is filled
   * from yellow (1) to red (255), clear where it is 0.
   */
  | {
      readonly kind: "outlines";
      readonly masks: readonly MaskOutline[];
      readonly own: boolean;
      readonly heat?: LabelArray;
    };

export const OWN_MASK: PaneMask = { kind: "own" };

/** Whether the edited mask is drawn, filled, in a pane. */
export function showsOwnMask(mask: PaneMask): boolean {
  return mask.kind === "own" || (mask.kind === "outlines" && mask.own);
}
