/** What an expert still has to decide about masks. */

import type { AdjudicationItem } from "@/api/assignments";

const GRADE = "grade";

/** Whether the vertebra is there because of its grades alone: its mask stays, and grading it settles it. */
export function isGradeOnly({ reason }: Pick<AdjudicationItem, "reason">): boolean {
  return reason.split(",").every((code) => code.trim() === GRADE);
}

/** Vertebrae whose mask is to be decided and is not yet; grades are asked for elsewhere. */
export function undecidedLabels(items: readonly Pick<AdjudicationItem, "label" | "reason" | "decision">[]): number[] {
  return items.filter((item) => !item.decision && !isGradeOnly(item)).map(({ label }) => label);
}
