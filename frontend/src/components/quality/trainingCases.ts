/** Whether the training that a protocol asks for can be done at all. */

import { t } from "@/i18n";
import type { ProjectQuality } from "@/api/types";

/** What is missing, in a sentence; null where nothing is. */
export function trainingGap(
  wanted: number,
  keys: readonly Pick<ProjectQuality["answer_keys"][number], "purpose">[],
): string | null {
  const there = keys.filter(({ purpose }) => purpose === "training").length;
  if (there >= wanted) return null;
  const chosen =
    there === 0
      ? t("none is chosen")
      : t("only {{there}} {{there2}} chosen", { there, there2: there === 1 ? t("is") : t("are") });
  return t(
    "The protocol asks for {{wanted}} training {{wanted2}}, but {{chosen}}: open an accepted case and use it for training.",
    { wanted, wanted2: wanted === 1 ? t("case") : t("cases"), chosen },
  );
}
