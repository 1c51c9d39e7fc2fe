import { missingIn, reasonName, type Grading, type GradingSchema } from "@/domain/grading";
import styles from "./workstation.module.css";

interface Props {
  readonly grading: Grading | undefined;
  readonly schema: GradingSchema;
  readonly unsaved: boolean;
}

/** A vertebra's answer in two characters, with "?" where something is still missing; in words for those who hover or listen. */
export function GradeMark({ grading, schema, unsaved }: Props) {
  const missing = missingIn(grading, schema);
  const incomplete = missing.length > 0;
  const grade = grading?.grade ?? null;
  const state = incomplete
    ? "missing"
    : grade === null
      ? "none"
      : grade === 0
        ? "normal"
        : grade === 3
          ? "severe"
          : "fracture";
  const answer =
    grade === null ? (incomplete ? "" : "n/g") : `${grade}${(grading?.fracture_type ?? "").slice(0, 1).toUpperCase()}`;
  const said =
    grade === null
      ? reasonName(grading?.not_gradable_reason ?? "")
      : `grade ${grade} ${grading?.fracture_type ?? ""}`.trim();
  const spoken = [said, incomplete ? `missing: ${missing.join(", ")}` : ""].filter(Boolean).join("; ");
  return (
    <span
      className={styles["grade"]}
      data-state={state}
      aria-label={`${spoken}${unsaved ? ", not saved yet" : ""}`}
      title={spoken}
    >
      {answer}
      {incomplete ? "?" : ""}
      {unsaved ? "…" : ""}
    </span>
  );
}
