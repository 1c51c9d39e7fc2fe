import { t } from "@/i18n";
import { act } from "@/components/common/act";
import {
  Accordion,
  Alert,
  Button,
  Code,
  Group,
  Modal,
  Progress,
  ScrollArea,
  Select,
  Stack,
  Table,
  Text,
} from "@mantine/core";
import { IconAdjustments, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import type { Run } from "@/api/types";
import { JobBadge, SourceBadge } from "@/components/common/badges";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState, RowsSkeleton } from "@/components/common/QueryState";
import { formatDuration, formatPercent } from "@/state/format";
import { useEngines, useRun, useRuns, useRunActions } from "@/state/pipeline";
import { ActiveRun } from "./ActiveRun";
import { CentresEditor } from "./CentresEditor";
import { engineTitle } from "./engines";
import { FailedRun } from "./FailedRun";

interface RunHistoryProps {
  readonly slug: string;
  readonly volumeId: string;
}

/** The engine runs on one volume, newest first, and the form that starts another. */
export function RunHistory({ slug, volumeId }: RunHistoryProps) {
  const runs = useRuns(slug, volumeId);
  return (
    <Stack>
      <FailedRun slug={slug} volumeId={volumeId} />
      <RunForm slug={slug} volumeId={volumeId} />
      <QueryState query={runs} skeleton={<RowsSkeleton count={2} />}>
        {(rows) =>
          rows.length === 0 ? (
            <Text c="dimmed" size="sm">
              {t("No engine has run on this series yet.")}
            </Text>
          ) : (
            <Accordion variant="separated" defaultValue={rows[0]?.state === "failed" ? null : (rows[0]?.id ?? null)}>
              {rows.map((run) => (
                <Accordion.Item key={run.id} value={run.id} data-testid="run">
                  <Accordion.Control>
                    <Group gap="xs">
                      <JobBadge state={run.state} />
                      <Text size="sm" fw={500}>
                        {engineTitle(run.engine)} {run.engine_version}
                      </Text>
                      {run.result !== null && (
                        <Text size="sm" c="dimmed">
                          {t("made mask {{number}}", { number: run.result.number })}
                        </Text>
                      )}
                    </Group>
                  </Accordion.Control>
                  <Accordion.Panel>
                    <RunDetail slug={slug} id={run.id} />
                  </Accordion.Panel>
                </Accordion.Item>
              ))}
            </Accordion>
          )
        }
      </QueryState>
    </Stack>
  );
}

/** The engine to choose and the button that starts it. */
function RunForm({ slug, volumeId }: RunHistoryProps) {
  const engines = useEngines();
  const { start } = useRunActions(slug);
  const [engine, setEngine] = useState<string | null>(null);
  const options = (engines.data ?? []).map(({ key, name, version, available, problem }) => ({
    value: key,
    label: available ? `${name} ${version}`.trim() : `${name}: ${problem}`,
    disabled: !available,
  }));
  const run = () =>
    act(
      start,
      { volume_id: volumeId, ...(engine !== null && { engine }) },
      {
        onSuccess: () =>
          notifyDone(t("The engine will run as soon as a worker is free. Earlier masks stay as they are.")),
        onError: (error) => notifyFailure(error, t("The engine was not started")),
      },
    );
  return (
    <Group align="flex-end">
      <Select
        label={t("Run an engine")}
        placeholder={t("The project's choice")}
        clearable
        data={options}
        value={engine}
        onChange={setEngine}
        style={{ flex: 1 }}
        error={engines.isError ? t("The engines could not be listed") : null}
      />
      <Button
        leftSection={<IconPlayerPlay size={15} />}
        onClick={run}
        loading={start.isPending}
        data-testid="start-run"
      >
        {t("Run")}
      </Button>
    </Group>
  );
}

function statement({ engine, engine_version: version, device, seconds, state, result }: Run): string {
  const name = version === "" ? engineTitle(engine) : `${engineTitle(engine)} ${version}`;
  const where = device === "" ? "" : t(" on {{device}}", { device });
  if (state !== "succeeded") return `${name}${where}`;
  const time = seconds === null ? "" : t(" in {{seconds}}", { seconds: formatDuration(seconds) });
  const made = result === null ? t("made no mask") : t("made mask version {{number}}", { number: result.number });
  return `${name} ${made}${where}${time}.`;
}

/** What a stage took, or why it took nothing. */
function stageTime({ seconds, detail }: Run["stages"][number]): string {
  if (detail["left_out"] === true) return t("not needed");
  return detail["reused"] === true
    ? t("{{seconds}}, kept", { seconds: formatDuration(seconds) })
    : formatDuration(seconds);
}

function RunDetail({ slug, id }: { readonly slug: string; readonly id: string }) {
  const query = useRun(id);
  const [correcting, setCorrecting] = useState(false);
  return (
    <QueryState query={query} skeleton={<RowsSkeleton count={3} height={24} />}>
      {(run) => (
        <Stack gap="sm">
          <Group gap="xs">
            {run.result !== null && <SourceBadge source={run.result.source} />}
            <Text size="sm">{statement(run)}</Text>
          </Group>
          {run.error !== "" && (
            <Alert color="red" title={t("The engine failed")}>
              {run.error}
            </Alert>
          )}
          <Table verticalSpacing={4} aria-label={t("Stages")}>
            <Table.Tbody>
              {run.stages.map((stage) => (
                <Table.Tr key={stage.name}>
                  <Table.Td>{stage.name}</Table.Td>
                  <Table.Td w="40%">
                    {stage.state === "running" ? (
                      <Progress
                        value={100 * stage.progress}
                        aria-label={`${stage.name}: ${formatPercent(stage.progress)}`}
                      />
                    ) : (
                      <JobBadge state={stage.state} />
                    )}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {stageTime(stage)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {run.naming_statement !== "" && <Text size="sm">{run.naming_statement}</Text>}
          <Group gap="xs">
            <ActiveRun slug={slug} run={run} />
            {run.state === "succeeded" && run.result !== null && run.result.source === "engine" && (
              <Button
                variant="default"
                size="xs"
                leftSection={<IconAdjustments size={14} />}
                onClick={() => setCorrecting(true)}
                data-testid="correct-run"
              >
                {t("Correct the levels")}
              </Button>
            )}
          </Group>
          <Modal opened={correcting} onClose={() => setCorrecting(false)} title={t("Correct the levels")} size="xl">
            <CentresEditor slug={slug} runId={id} volumeId={run.volume_id} onClose={() => setCorrecting(false)} />
          </Modal>
          {run.log !== "" && (
            <ScrollArea.Autosize mah={180}>
              <Code block>{run.log}</Code>
            </ScrollArea.Autosize>
          )}
        </Stack>
      )}
    </QueryState>
  );
}
