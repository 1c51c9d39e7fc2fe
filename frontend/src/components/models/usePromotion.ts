import type { ModelVersion } from "@/api/types";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useModelActions } from "@/state/models";
import { describeDifference } from "./difference";

/** Putting a model to use for new runs, asked for once more with what its comparison says. */
export function usePromotion(slug: string) {
  const { promote } = useModelActions(slug);
  const ask = (model: ModelVersion) => {
    const summary = model.comparisons[0]?.summary ?? null;
    const worse = summary?.difference !== undefined && summary.difference < 0;
    confirm({
      title: `Use ${model.name} for new runs?`,
      body:
        (summary === null ? "" : `${describeDifference(summary)} `) +
        (worse ? "It is worse than the model in use. " : "") +
        "You can roll back at any time.",
      verb: "Promote",
      danger: worse,
      onConfirm: () =>
        act(promote, model.id, {
          onSuccess: () => notifyDone(`${model.name} is in use for new runs.`),
          onError: (error) => notifyFailure(error, "Not promoted"),
        }),
    });
  };
  return { ask, pending: promote.isPending };
}
