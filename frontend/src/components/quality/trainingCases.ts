/** Whether the training that a protocol asks for can be done at all. */

import type { ProjectQuality } from "@/api/types";

/** What is missing, in a sentence; null where nothing is. */
export function trainingGap(
  wanted: number,
  keys: readonly Pick<ProjectQuality["answer_keys"][number], "purpose">[],
): string | null {
  const there = keys.filter(({ purpose }) => purpose === "training").length;
  if (there >= wanted) return null;
  const chosen = there === 0 ? "none is chosen" : `only ${there} ${there === 1 ? "is" : "are"} chosen`;
  return `The protocol asks for ${wanted} training ${wanted === 1 ? "case" : "cases"}, but ${chosen}: open an accepted case and use it for training.`;
}
