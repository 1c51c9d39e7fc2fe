interface ReaderAnswer {
  readonly slot: string;
  readonly grade: number | null;
  readonly fracture_type: string;
  readonly not_gradable_reason: string;
  readonly comment: string;
}

/** A grade that stands, or stood until another was decided. */
export interface StoodGrade {
  readonly label: number;
  readonly current: boolean;
  readonly grade: number | null;
  readonly fracture_type: string;
  readonly not_gradable_reason: string;
  readonly method: string;
  readonly answers: readonly ReaderAnswer[];
  readonly decided_at: string;
}

export const METHOD_NAMES: Readonly<Record<string, string>> = {
  single: "one reader",
  unanimous: "all agree",
  median: "median",
  majority: "majority",
  adjudicated: "consensus reading",
  review: "set in review",
};

export function gradeText({ grade, fracture_type: type }: Pick<StoodGrade, "grade" | "fracture_type">): string {
  return `grade ${grade ?? "–"}${type === "" ? "" : `, ${type}`}`;
}

/** Whether there is nothing to tell: one grade has stood from the start, and every reader gave it. */
export function isSettled(rows: readonly StoodGrade[]): boolean {
  const [only, ...more] = rows;
  if (!only || more.length > 0) return false;
  return only.answers.every((answer) => answer.grade === only.grade && answer.fracture_type === only.fracture_type);
}
