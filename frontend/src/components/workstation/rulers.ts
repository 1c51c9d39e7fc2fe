/** Rulers as they stand: what the server has, with what was drawn here since and waits to be sent. */

import { t } from "@/i18n";
import type { Ruler } from "@/api/assignments";
import { RULER_NAMES, rulerValue } from "@/domain/rulers";
import type { RulerToKeep } from "@/state/outbox/acts";
import type { Pending } from "@/state/outbox/outbox";

export function keptOf({ kind, plane, name, points_ras_mm }: Ruler): RulerToKeep {
  return { kind, plane, name, pointsRasMm: points_ras_mm };
}

export function titleOf(ruler: Pick<Ruler, "kind" | "name">): string {
  return ruler.name === "" ? RULER_NAMES[ruler.kind] : ruler.name;
}

/** Its name, after that of whoever drew it where that was somebody else. */
export function rulerTitle(ruler: Pick<Ruler, "kind" | "name" | "mine" | "author">): string {
  return ruler.mine ? titleOf(ruler) : `${ruler.author}: ${titleOf(ruler)}`;
}

function asDrawn(id: string, { kind, plane, name, pointsRasMm }: RulerToKeep, at: number): Ruler {
  return {
    id,
    kind,
    plane,
    name,
    points_ras_mm: pointsRasMm,
    value: rulerValue(kind, pointsRasMm) ?? 0,
    author: t("You"),
    mine: true,
    created_at: new Date(at).toISOString(),
  };
}

/** One is changed in its place; a new one stands at the end. */
export function withDrawn(list: readonly Ruler[], pending: readonly Pending[]): readonly Ruler[] {
  return pending.reduce<readonly Ruler[]>((sofar, { act, at, refusal }) => {
    if (act.kind !== "ruler" || refusal !== undefined) return sofar;
    const { id, ruler } = act;
    if (ruler === null) return sofar.filter((other) => other.id !== id);
    const row = asDrawn(id, ruler, at);
    return sofar.some((other) => other.id === id)
      ? sofar.map((other) => (other.id === id ? { ...row, created_at: other.created_at } : other))
      : [...sofar, row];
  }, list);
}
