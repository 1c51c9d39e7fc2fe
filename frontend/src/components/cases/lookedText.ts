/** Ticks of a submitted piece of work, in words. */

import { t } from "@/i18n";
import type { LookedAt } from "@/api/types";
import { nameOf } from "@/domain/labels";

type Vertebrae = NonNullable<LookedAt["vertebrae"]>;
type Place = LookedAt["places"][number];

const KINDS: Readonly<Record<Place["kind"], string>> = {
  doubt: t("the engine's doubt"),
  leak: t("possible leak"),
  border: t("border"),
};

/** Which vertebrae an expert had not ticked; `all`: none was left. */
export function untickedText(vertebrae: Vertebrae): { readonly text: string; readonly all: boolean } {
  const left = vertebrae.filter(({ looked }) => !looked);
  if (left.length === 0) return { text: t("All vertebrae ticked as looked at"), all: true };
  if (left.length === vertebrae.length) return { text: t("No vertebra ticked as looked at"), all: false };
  const names = left.map(({ label }) => nameOf(label)).join(", ");
  return { text: t("Not ticked as looked at: {{names}}", { names }), all: false };
}

export function placeText({ kind, label }: Place): string {
  return label === null ? KINDS[kind] : `${KINDS[kind]}, ${nameOf(label)}`;
}
