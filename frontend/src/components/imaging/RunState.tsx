import { Group, Progress, Stack, Text } from "@mantine/core";
import { t } from "@/i18n";
import type { Series } from "@/api/types";
import { JobBadge } from "@/components/common/badges";
import { formatPercent } from "@/state/format";
import { engineTitle } from "./engines";

/** The latest engine run on a series, with its progress while it runs. */
export function RunState({ run }: { readonly run: Series["run"] }) {
  if (run === null) {
    return (
      <Text size="sm" c="dimmed">
        {t("No engine run yet")}
      </Text>
    );
  }
  return (
    <Stack gap={4} data-testid="run-state" data-state={run.state}>
      <Group gap={8}>
        <JobBadge state={run.state} />
        <Text size="sm" c="dimmed">
          {engineTitle(run.engine)}
        </Text>
      </Group>
      {run.naming_doubt !== "" && (
        <Text size="xs" c="amber" data-testid="naming-doubt">
          {run.naming_doubt}
        </Text>
      )}
      {run.notes.map((note) => (
        <Text key={note} size="xs" c="dimmed" data-testid="engine-note">
          {note}
        </Text>
      ))}
      {run.state === "running" && (
        <Group gap={8} wrap="nowrap">
          <Progress
            value={Math.max(3, 100 * run.progress)}
            style={{ flex: 1 }}
            animated
            aria-label={t("Engine progress")}
          />
          <Text size="xs" className="tabular" c="dimmed">
            {formatPercent(run.progress)}
          </Text>
        </Group>
      )}
    </Stack>
  );
}
