const TITLES: Readonly<Record<string, string>> = {
  "imaging.ingest": "Read an upload",
  "imaging.process_batch": "Read an upload",
  "pipeline.run": "Run the engine",
  "measurements.measure": "Measure vertebrae",
  "consensus.compare": "Compare raters",
  "consensus.fuse": "Fuse masks",
  "progress.agreement": "Compute the agreement",
  "releases.build": "Build a release",
  "releases.freeze": "Build and freeze a release",
  "workflow.advance_case": "Move a case on",
};

/** A job's kind in words. */
export function jobTitle(kind: string): string {
  const known = TITLES[kind];
  if (known !== undefined) return known;
  const words = kind.replace(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
