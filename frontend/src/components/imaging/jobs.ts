import { t } from "@/i18n";

const TITLES: Readonly<Record<string, string>> = {
  "imaging.ingest": t("Read an upload"),
  "pipeline.run": t("Run the engine"),
  "pipeline.train": t("Train a model"),
  "pipeline.compare": t("Compare two models"),
  "pipeline.effort": t("Measure the editing effort"),
  "measurements.measure": t("Measure vertebrae"),
  "consensus.compare": t("Compare raters"),
  "consensus.fuse": t("Fuse masks"),
  "progress.agreement": t("Compute the agreement"),
  "progress.figures": t("Count the figures of the project"),
  "releases.freeze": t("Build and freeze a release"),
  "challenge.evaluate": t("Evaluate a submission"),
  "workflow.open_case": t("Open a case"),
  "workflow.start_case": t("Start a case"),
  "workflow.advance_case": t("Move a case on"),
  "workflow.hold_against_final": t("Compare raters with the accepted mask"),
  "workflow.apply_overlaps": t("Follow a change of the protocol"),
  "workflow.score_exercise": t("Score an exercise"),
  "workflow.prepare_exercises": t("Prepare exercises"),
  "projects.count_storage": t("Count what is kept on disk"),
  "audit.check": t("Check the record of acts"),
  "notices.deliver": t("Tell another program"),
};

/** A job's kind in words. */
export function jobTitle(kind: string): string {
  const known = TITLES[kind];
  if (known !== undefined) return known;
  const words = kind.replace(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
