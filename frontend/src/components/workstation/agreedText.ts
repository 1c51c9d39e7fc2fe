/** Grades that stand, in words. */

import { answered, t } from "@/i18n";
import type { AgreedGrade } from "@/api/assignments";
import { reasonName } from "@/domain/grading";

const METHODS: Readonly<Record<string, string>> = {
  single: t("of one reader"),
  unanimous: t("all readers agree"),
  median: t("the readers' median"),
  majority: t("most readers"),
  dawid_skene: t("by the readers' reliability"),
  adjudicated: t("settled by an expert"),
  review: t("changed in a review"),
};

export function isFractured({ grade }: Pick<AgreedGrade, "grade">): boolean {
  return grade !== null && grade > 0;
}

type AgreedAnswer = Pick<AgreedGrade, "grade" | "fracture_type" | "not_gradable_reason">;

/** "no fracture", "grade 2 wedge", "not gradable: metal artefact". */
export function agreedText({ grade, fracture_type: type, not_gradable_reason: why }: AgreedAnswer): string {
  if (grade === null) return why === "" ? t("not gradable") : t("not gradable: {{why}}", { why: reasonName(why) });
  if (grade === 0) return t("no fracture");
  return t("grade {{grade}}{{type}}", { grade, type: type === "" ? "" : ` ${answered(type)}` });
}

/** How a grade came to stand. */
export function methodText(method: string): string {
  return METHODS[method] ?? method.replaceAll("_", " ");
}
