import { t } from "@/i18n";
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
      title: t("Use {{name}} for new runs?", { name: model.name }),
      body:
        (summary === null ? "" : `${describeDifference(summary)} `) +
        (worse ? t("It is worse than the model in use. ") : "") +
        t("You can roll back at any time."),
      verb: t("Promote"),
      danger: worse,
      onConfirm: () =>
        act(promote, model.id, {
          onSuccess: () => notifyDone(t("{{name}} is in use for new runs.", { name: model.name })),
          onError: (error) => notifyFailure(error, t("Not promoted")),
        }),
    });
  };
  return { ask, pending: promote.isPending };
}
