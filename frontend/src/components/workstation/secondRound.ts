/** A case that came back, in words; and which vertebrae that were settled are open since they changed. */

import { t } from "@/i18n";
import type { AdjudicationItem, LookedLevel, SecondRound, SinceThen } from "@/api/assignments";
import { nameOf } from "@/domain/labels";
import { count, formatNumber } from "@/state/format";
import { agreedText } from "./agreedText";
import type { Act } from "@/state/outbox/acts";

type Grade = NonNullable<SinceThen["grade"]>;

function gradeText({ before, after }: Grade): string {
  const [old, now] = [before && agreedText(before), after && agreedText(after)];
  if (old === null) return t("graded now: {{now}}", { now: now ?? "" });
  if (now === null) return t("no grade any more (it was: {{old}})", { old });
  return old === now
    ? t("grade as before ({{now}}), another answer beside it", { now })
    : t("grade changed: {{old}}, now {{now}}", { old, now });
}

function voxelText({ added, removed }: SinceThen): string {
  const parts = [
    added > 0 ? [t("{{voxels}} added", { voxels: count(added, "voxel") })] : [],
    removed > 0 ? [t("{{removed}} removed", { removed: formatNumber(removed) })] : [],
  ].flat();
  return added === 0 && removed === 1
    ? t("1 voxel removed")
    : parts.join(", ").replace(/^(\S+) removed/, "$1 voxels removed");
}

/** What has changed of a vertebra since the case was returned; "nothing changed" in plain words. */
export function sinceText(row: SinceThen, all: readonly SinceThen[]): string {
  const heir = all.find(({ renamed_from: former }) => former === row.label);
  const shape = row.gone
    ? heir
      ? t("is {{label}} now", { label: nameOf(heir.label) })
      : t("no longer there")
    : row.renamed_from === null
      ? voxelText(row)
      : t("was {{renamed_from}}", { renamed_from: nameOf(row.renamed_from) });
  const said = [shape, row.grade === null ? "" : gradeText(row.grade)].filter((part) => part !== "");
  return said.length === 0 ? t("nothing changed") : said.join("; ");
}

/** What was asked of one vertebra, under its present or its former name. */
export function askedOf(round: SecondRound, row: SinceThen): SecondRound["asked"] {
  return round.asked.filter(({ label }) => label !== null && (label === row.label || label === row.renamed_from));
}

/** Those to be looked at: what was returned, and what has changed though it was settled. */
export function openRows(round: SecondRound): SinceThen[] {
  return round.vertebrae.filter(({ state }) => state !== "settled");
}

export function settledLabels(round: SecondRound): number[] {
  return round.vertebrae.filter(({ state }) => state === "settled").map(({ label }) => label);
}

const CHANGED = "changed";

/** Items whose settled vertebra has changed since are open again, and say so. */
export function withReopened(
  items: readonly AdjudicationItem[],
  round: Pick<SecondRound, "vertebrae"> | null,
): readonly AdjudicationItem[] {
  const changed = new Set(round?.vertebrae.filter(({ state }) => state === CHANGED).map(({ label }) => label));
  if (!items.some(({ label, decision }) => decision?.carried && changed.has(label))) return items;
  return items.map((item) =>
    item.decision?.carried && changed.has(item.label)
      ? { ...item, decision: null, reason: [item.reason, CHANGED].filter((code) => code !== "").join() }
      : item,
  );
}

/** The server's ticks with those on top that it does not have yet. */
export function withLooks(
  rows: readonly LookedLevel[],
  pending: readonly { readonly act: Act; readonly refusal?: string }[],
): LookedLevel[] {
  return rows.map((row) => {
    let shown = row;
    for (const { act, refusal } of pending)
      if (act.kind === "level-looked" && act.label === row.label && refusal === undefined)
        shown = { ...row, looked: act.looked, changed: false, before: false };
    return shown;
  });
}

/** The next vertebra without a tick below `active`, round the end; null where all are ticked. */
export function nextUnticked(labels: readonly number[], unticked: readonly number[], active: number): number | null {
  const open = labels.filter((label) => unticked.includes(label));
  const at = labels.indexOf(active);
  return open.find((label) => labels.indexOf(label) > at) ?? open[0] ?? null;
}
