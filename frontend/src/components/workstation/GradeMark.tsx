import { t } from "@/i18n";
import { missingIn, reasonName, type Grading, type GradingSchema } from "@/domain/grading";
import styles from "./workstation.module.css";

/** The grades that stand beside the vertebrae, in the list and in the strip. */
export interface GradesShown {
  readonly gradable: ReadonlySet<number>;
  readonly byLabel: ReadonlyMap<number, Grading>;
  readonly schema: GradingSchema;
  readonly unsaved: ReadonlySet<number>;
}

interface Props {
  readonly label: number;
  readonly grades: Omit<GradesShown, "gradable">;
}

/** A vertebra's answer in two characters, with "?" where something is still missing; in words for those who hover or listen. */
export function GradeMark({ label, grades }: Props) {
  const [grading, unsaved] = [grades.byLabel.get(label), grades.unsaved.has(label)];
  const missing = missingIn(grading, grades.schema);
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
      : t("grade {{grade}} {{fracture_type}}", { grade, fracture_type: grading?.fracture_type ?? "" }).trim();
  const spoken = [said, incomplete ? t("missing: {{missing}}", { missing: missing.join(", ") }) : ""]
    .filter(Boolean)
    .join("; ");
  return (
    <span
      className={styles["grade"]}
      data-state={state}
      aria-label={`${spoken}${unsaved ? t(", not saved yet") : ""}`}
      title={spoken}
    >
      {answer}
      {incomplete ? "?" : ""}
      {unsaved ? "…" : ""}
    </span>
  );
}
