import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconRefresh, IconSquareDashed } from "@tabler/icons-react";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useRunActions, useRuns } from "@/state/pipeline";
import { engineTitle } from "./engines";

const EMPTY_ENGINE = "empty";

interface FailedRunProps {
  readonly slug: string;
  readonly volumeId: string;
}

/** Where the latest engine run on a volume came to nothing: why, and what a manager can do about it. */
export function FailedRun({ slug, volumeId }: FailedRunProps) {
  const runs = useRuns(slug, volumeId);
  const { start, retry } = useRunActions(slug);
  const latest = runs.data?.[0];
  if (latest === undefined || (latest.state !== "failed" && latest.state !== "cancelled")) return null;
  const failed = latest.state === "failed";
  const started = {
    onSuccess: () => notifyDone(t("It will run as soon as a worker is free.")),
    onError: (error: Error) => notifyFailure(error, t("The engine was not started")),
  };
  return (
    <Alert
      color={failed ? "red" : "amber"}
      icon={<IconAlertTriangle />}
      title={
        failed
          ? t("The run failed: {{engine}}", { engine: engineTitle(latest.engine) })
          : t("The run was cancelled: {{engine}}", { engine: engineTitle(latest.engine) })
      }
      data-testid="failed-run"
    >
      {latest.error !== "" && <Text size="sm">{latest.error}</Text>}
      <Text size="sm" mt={4}>
        {runs.data?.some((run) => run.result !== null)
          ? t("The masks that were made before stay as they are.")
          : t(
              "Raters cannot begin until there is a first mask. Try again, choose another engine, or let them draw from nothing.",
            )}
      </Text>
      <Group gap="xs" mt="sm">
        <Button
          size="xs"
          leftSection={<IconRefresh size={15} />}
          loading={retry.isPending}
          onClick={() => act(retry, latest.id, started)}
          data-testid="retry-run"
        >
          {t("Try again")}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconSquareDashed size={15} />}
          loading={start.isPending}
          onClick={() => act(start, { volume_id: volumeId, engine: EMPTY_ENGINE }, started)}
          data-testid="start-empty"
        >
          {t("Start without a mask")}
        </Button>
      </Group>
    </Alert>
  );
}
