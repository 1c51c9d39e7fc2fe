/** What a reviewer is asked about before a case is accepted. */

import { t } from "@/i18n";
import { count } from "@/state/format";
import { nameOf } from "@/domain/labels";

export interface StillOpen {
  /** Threads of notes that are not resolved. */
  readonly notes: number;
  /** What the checks point out; null where they have not answered. */
  readonly warnings: number | null;
  /** Vertebrae without a tick; null where the ticks are not known. */
  readonly unticked: readonly number[] | null;
  /** Those of them that no plane has shown. */
  readonly neverInView: readonly number[];
}

/** A sentence for each; none where nothing is open. */
export function stillOpenText({ notes, warnings, unticked, neverInView }: StillOpen): string[] {
  const said: string[] = [];
  if (notes > 0) said.push(t("{{notes}} not resolved.", { notes: count(notes, "note") }));
  if (warnings === null) said.push(t("The checks of the mask have not answered yet."));
  else if (warnings > 0) said.push(t("{{warnings}} of the checks.", { warnings: count(warnings, "warning") }));
  if (unticked === null) said.push(t("What you have ticked as looked at has not been loaded yet."));
  else if (unticked.length > 0)
    said.push(t("Not ticked as looked at: {{unticked}}.", { unticked: unticked.map(nameOf).join(", ") }));
  if (neverInView.length > 0)
    said.push(t("Not looked at in any plane: {{neverInView}}.", { neverInView: neverInView.map(nameOf).join(", ") }));
  return said;
}
