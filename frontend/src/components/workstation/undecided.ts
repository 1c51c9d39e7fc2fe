/** What an expert still has to decide about masks. */

import type { AdjudicationItem } from "@/api/assignments";

const GRADE = "grade";

/** Whether the vertebra is there because of its grades alone: its mask stays, and grading it settles it. */
export function isGradeOnly({ reason }: Pick<AdjudicationItem, "reason">): boolean {
  return reason.split(",").every((code) => code.trim() === GRADE);
}

/** Codes of what is answered elsewhere: under Grade, and in the question about the names. */
const ANSWERED_ELSEWHERE: ReadonlySet<string> = new Set([GRADE, "unconfirmed"]);

/** Whether the expert has to take or paint a mask for this vertebra. */
export function asksForMask({ reason }: Pick<AdjudicationItem, "reason">): boolean {
  return reason.split(",").some((code) => !ANSWERED_ELSEWHERE.has(code.trim()));
}

/** Whether its name alone brought the vertebra here. */
export function isNameOnly({ reason }: Pick<AdjudicationItem, "reason">): boolean {
  return reason.split(",").every((code) => code.trim() === "naming" || code.trim() === "unconfirmed");
}

/** Vertebrae whose mask is to be decided and is not yet; grades are asked for elsewhere. */
export function undecidedLabels(
  items: readonly (Pick<AdjudicationItem, "label" | "reason"> & { readonly decision: object | null })[],
): number[] {
  return items.filter((item) => !item.decision && asksForMask(item)).map(({ label }) => label);
}

/** Levels of the mask that no pane has shown. */
export function neverInView(present: readonly number[], seen: readonly number[]): number[] {
  return present.filter((label) => !seen.includes(label));
}
