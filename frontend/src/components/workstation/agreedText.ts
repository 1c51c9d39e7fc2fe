/** Grades that stand, in words. */

import type { AgreedGrade } from "@/api/assignments";
import { reasonName } from "@/domain/grading";

const METHODS: Readonly<Record<string, string>> = {
  single: "of one reader",
  unanimous: "all readers agree",
  median: "the readers' median",
  majority: "most readers",
  dawid_skene: "by the readers' reliability",
  adjudicated: "settled by an expert",
  review: "changed in a review",
};

export function isFractured({ grade }: Pick<AgreedGrade, "grade">): boolean {
  return grade !== null && grade > 0;
}

type AgreedAnswer = Pick<AgreedGrade, "grade" | "fracture_type" | "not_gradable_reason">;

/** "no fracture", "grade 2 wedge", "not gradable: metal artefact". */
export function agreedText({ grade, fracture_type: type, not_gradable_reason: why }: AgreedAnswer): string {
  if (grade === null) return why === "" ? "not gradable" : `not gradable: ${reasonName(why)}`;
  if (grade === 0) return "no fracture";
  return `grade ${grade}${type === "" ? "" : ` ${type}`}`;
}

/** How a grade came to stand. */
export function methodText(method: string): string {
  return METHODS[method] ?? method.replaceAll("_", " ");
}
