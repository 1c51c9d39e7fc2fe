/** What a person does at an assignment that has to reach the server, as it is kept until it has. */

import { t } from "@/i18n";
import { count } from "@/state/format";
import type { HeightLine, NamingChoice, Place, RegionChange } from "@/api/assignments";
import type { Vec3 } from "@/domain/geometry";
import type { DrawnRuler } from "@/domain/rulers";
import type { Grading } from "@/domain/grading";

/** An edit of the mask; `packed` is a VBD1 body, not compressed: it has to be on disk when the stroke ends. */
export interface EditAct {
  readonly kind: "edit";
  /** The machine word of the edit: brush, erase, undo, ... */
  readonly edit: string;
  readonly label: number | null;
  readonly name: string;
  readonly packed: Uint8Array<ArrayBuffer>;
  /** The server's revision that this browser knew when the edit was made. */
  readonly knownRevision: number;
  /** Ids of this browser's edits that were on their way then: the server may have got them since. */
  readonly behind: readonly string[];
}

export interface ChoiceAct {
  readonly kind: "choice";
  readonly label: number;
  readonly choice: "fused" | "rater" | "painted";
  readonly slot: string | null;
  readonly reason: string;
}

/** Lines or a region of one vertebra, moved by hand; null: back to what was measured. */
export type MeasureAct =
  | { readonly kind: "lines"; readonly label: number; readonly lines: readonly HeightLine[] | null }
  | { readonly kind: "region"; readonly label: number; readonly change: RegionChange | null };

/** What is kept of a ruler. */
export interface RulerToKeep extends DrawnRuler {
  readonly name: string;
}

/** A ruler drawn, changed or brought back under its id; null: deleted. */
interface RulerAct {
  readonly kind: "ruler";
  readonly id: string;
  readonly ruler: RulerToKeep | null;
}

/** What tells a place to look at from the others. */
export type TickedPlace = Pick<Place, "kind" | "label" | "voxel">;

export type Act =
  | EditAct
  | ChoiceAct
  | { readonly kind: "names"; readonly labels: readonly number[]; readonly reason: string }
  | MeasureAct
  | RulerAct
  /** Whether guessed names are right; `levels` are those that the mask had when it was said. */
  | { readonly kind: "naming"; readonly answer: NamingChoice; readonly levels: readonly number[] }
  | { readonly kind: "grade"; readonly answer: Grading }
  | { readonly kind: "rest"; readonly labels: readonly number[] }
  | {
      readonly kind: "note";
      readonly text: string;
      readonly label: number | null;
      readonly voxel: Vec3 | null;
      readonly parent: string | null;
    }
  | { readonly kind: "thread"; readonly comment: string; readonly resolved: boolean }
  /** A place to look at was looked at, or is to be again. */
  | { readonly kind: "looked"; readonly place: TickedPlace; readonly looked: boolean }
  /** An expert has looked at a vertebra, or takes the tick back. */
  | { readonly kind: "level-looked"; readonly label: number; readonly looked: boolean }
  | { readonly kind: "decision"; readonly accept: boolean; readonly comment: string }
  | { readonly kind: "time"; readonly seconds: number };

/** Whether they are one row of the list. */
export function isSamePlace(one: TickedPlace, other: TickedPlace): boolean {
  return one.kind === other.kind && one.label === other.label && one.voxel.join() === other.voxel.join();
}

export interface NewEntry {
  /** A UUID: the server does what comes under it once. */
  readonly id: string;
  readonly assignmentId: string;
  /** Who did it; null for edits that a former version of this site kept. */
  readonly userId: string | null;
  readonly act: Act;
  /** When it was done, in milliseconds since 1970. */
  readonly at: number;
  /** Why the server will not take it. */
  readonly refusal?: string;
}

export interface Entry extends NewEntry {
  /** Order of doing; given by the journal. */
  readonly seq: number;
}

/** Acts that change the mask build on each other: one that is not taken stops those after it. */
export function changesMask({ kind }: Act): boolean {
  return kind === "edit" || kind === "choice" || kind === "names";
}

/** Acts that the server holds against its mask: they follow the edits that were made before them. */
export function readsMask({ kind }: Act): boolean {
  return kind === "naming" || kind === "lines" || kind === "region" || kind === "level-looked";
}

const NOUNS: readonly (readonly [readonly Act["kind"][], (n: number) => string])[] = [
  [["edit"], (n) => count(n, "edit")],
  [["grade", "rest"], (n) => count(n, "grade")],
  [["note", "thread"], (n) => count(n, "note")],
  [["choice", "names", "decision"], (n) => count(n, "decision")],
  [["naming"], (n) => count(n, "answer")],
  [["looked", "level-looked"], (n) => count(n, "tick")],
  [["lines", "region", "ruler"], (n) => count(n, "measurement")],
];

function amountOf(act: Act): number {
  return act.kind === "rest" ? act.labels.length : 1;
}

/** "2 edits, 1 grade and 1 note". Working time is named only where there is nothing else. */
export function inWords(acts: readonly Act[]): string {
  const parts = NOUNS.flatMap(([kinds, counted]) => {
    const amount = acts.filter(({ kind }) => kinds.includes(kind)).reduce((sum, act) => sum + amountOf(act), 0);
    return amount === 0 ? [] : [counted(amount)];
  });
  if (parts.length === 0) return t("working time");
  const last = parts.pop() ?? "";
  return parts.length === 0 ? last : t("{{parts}} and {{last}}", { parts: parts.join(", "), last });
}
