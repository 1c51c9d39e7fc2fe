import { t } from "@/i18n";
import type { StoodGrade } from "@/api/types";

type ReaderAnswer = StoodGrade["answers"][number];

export const METHOD_NAMES: Readonly<Record<string, string>> = {
  single: t("one reader"),
  unanimous: t("all agree"),
  median: t("median"),
  majority: t("majority"),
  adjudicated: t("consensus reading"),
  review: t("set in review"),
};

export function gradeText({ grade, fracture_type: type }: Pick<ReaderAnswer, "grade" | "fracture_type">): string {
  return t("grade {{grade}}{{type}}", { grade: grade ?? "–", type: type === "" ? "" : `, ${type}` });
}

/** Whether there is nothing to tell: one grade has stood from the start, and every reader gave it. */
export function isSettled(rows: readonly StoodGrade[]): boolean {
  const [only, ...more] = rows;
  if (!only || more.length > 0) return false;
  return only.answers.every(
    (answer) => (answer.grade ?? null) === only.grade && answer.fracture_type === only.fracture_type,
  );
}
