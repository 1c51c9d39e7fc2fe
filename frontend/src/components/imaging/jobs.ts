const TITLES: Readonly<Record<string, string>> = {
  "imaging.ingest": "Read an upload",
  "pipeline.run": "Run the engine",
  "pipeline.train": "Train a model",
  "pipeline.compare": "Compare two models",
  "pipeline.effort": "Measure the editing effort",
  "measurements.measure": "Measure vertebrae",
  "consensus.compare": "Compare raters",
  "consensus.fuse": "Fuse masks",
  "progress.agreement": "Compute the agreement",
  "progress.figures": "Count the figures of the project",
  "releases.freeze": "Build and freeze a release",
  "challenge.evaluate": "Evaluate a submission",
  "workflow.open_case": "Open a case",
  "workflow.start_case": "Start a case",
  "workflow.advance_case": "Move a case on",
  "workflow.hold_against_final": "Compare raters with the accepted mask",
  "workflow.apply_overlaps": "Follow a change of the protocol",
  "workflow.score_exercise": "Score an exercise",
  "workflow.prepare_exercises": "Prepare exercises",
  "audit.check": "Check the record of acts",
  "notices.deliver": "Tell another program",
};

/** A job's kind in words. */
export function jobTitle(kind: string): string {
  const known = TITLES[kind];
  if (known !== undefined) return known;
  const words = kind.replace(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
