import { missingIn, reasonName, type Grading } from "@/domain/grading";
import styles from "./workstation.module.css";

/** A vertebra's answer in two characters, and in words for those who hover or listen. */
export function GradeMark({ grading, unsaved }: { readonly grading: Grading | undefined; readonly unsaved: boolean }) {
  const incomplete = missingIn(grading).length > 0;
  const grade = grading?.grade ?? null;
  const state = incomplete ? "missing" : grade === null ? "none" : grade === 0 ? "normal" : grade === 3 ? "severe" : "fracture";
  const text = grade !== null ? `${grade}${(grading?.fracture_type ?? "").slice(0, 1).toUpperCase()}` : incomplete ? "?" : "n/g";
  const spoken = incomplete ? "answer missing" : grade !== null ? `grade ${grade} ${grading?.fracture_type ?? ""}` : reasonName(grading?.not_gradable_reason ?? "");
  return (
    <span className={styles["grade"]} data-state={state} aria-label={`${spoken}${unsaved ? ", not saved yet" : ""}`} title={spoken}>
      {text}
      {unsaved ? "…" : ""}
    </span>
  );
}
