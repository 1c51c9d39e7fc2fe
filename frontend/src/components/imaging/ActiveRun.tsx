import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Tooltip } from "@mantine/core";
import { IconArrowBarToUp, IconPlayerStop } from "@tabler/icons-react";
import type { Run } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useRunActions } from "@/state/pipeline";

const FIRST = 10;

/** What can be done with a run that has not ended: stop it, or have it done before the others. */
export function ActiveRun({ slug, run }: { readonly slug: string; readonly run: Run }) {
  const { cancel, prioritise } = useRunActions(slug);
  if (run.state !== "queued" && run.state !== "running") return null;
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconPlayerStop size={14} />}
        loading={cancel.isPending}
        onClick={() => act(cancel, run.id, { onError: (error) => notifyFailure(error, t("The run was not stopped")) })}
      >
        {t("Stop")}
      </Button>
      {run.state === "queued" && run.priority < FIRST && (
        <Tooltip label={t("Take it before the other waiting runs")}>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconArrowBarToUp size={14} />}
            loading={prioritise.isPending}
            onClick={() =>
              act(
                prioritise,
                { id: run.id, priority: FIRST },
                {
                  onSuccess: () => notifyDone(t("It is next.")),
                  onError: (error) => notifyFailure(error, t("It was not moved")),
                },
              )
            }
          >
            {t("Do it next")}
          </Button>
        </Tooltip>
      )}
    </>
  );
}
