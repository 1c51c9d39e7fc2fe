import { Alert, Badge, Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { QueueHealth, SiteJob } from "@/api/types";
import { act } from "@/components/common/act";
import { Message } from "@/components/common/Message";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { jobTitle } from "@/components/imaging/jobs";
import { formatRelative } from "@/state/format";
import { useFailedJobs, useQueues, useRetryJob } from "@/state/site";

const STATES: Readonly<Record<QueueHealth["state"], { label: string; color: string }>> = {
  idle: { label: t("Nothing to do"), color: "gray" },
  working: { label: t("At work"), color: "green" },
  stuck: { label: t("No worker"), color: "red" },
};

/** Whether workers take what waits in each queue. */
export function QueueTable() {
  return (
    <QueryState query={useQueues()}>
      {(queues) => (
        <Stack gap="sm">
          {queues.some(({ state }) => state === "stuck") && (
            <Alert color="red" title={t("Jobs wait and nobody takes them")}>
              {t("Start a worker for the queue, or look into its log.")}
            </Alert>
          )}
          <Card padding={0}>
            <Table.ScrollContainer minWidth={300}>
              <Table verticalSpacing="xs" horizontalSpacing="lg" data-testid="queues">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("Queue")}</Table.Th>
                    <Table.Th>{t("Workers")}</Table.Th>
                    <Table.Th ta="right">{t("Running")}</Table.Th>
                    <Table.Th ta="right">{t("Waiting")}</Table.Th>
                    <Table.Th>{t("Waits since")}</Table.Th>
                    <Table.Th>{t("Last done")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {queues.map((queue) => (
                    <Table.Tr key={queue.queue} data-state={queue.state}>
                      <Table.Td>{queue.queue}</Table.Td>
                      <Table.Td>
                        <Badge color={STATES[queue.state].color}>{STATES[queue.state].label}</Badge>
                      </Table.Td>
                      <Table.Td ta="right">{queue.running}</Table.Td>
                      <Table.Td ta="right">{queue.waiting}</Table.Td>
                      <Table.Td>{formatRelative(queue.waiting_since)}</Table.Td>
                      <Table.Td>{formatRelative(queue.last_finished_at)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Card>
        </Stack>
      )}
    </QueryState>
  );
}

/** What failed in any project. */
export function FailedJobs() {
  return (
    <QueryState query={useFailedJobs()}>
      {(jobs) =>
        jobs.length === 0 ? (
          <Message icon={<IconCircleCheck />} title={t("Nothing has failed")} compact />
        ) : (
          <Stack gap={6} data-testid="failed-jobs">
            {jobs.map((job) => (
              <FailedJob key={job.id} job={job} />
            ))}
          </Stack>
        )
      }
    </QueryState>
  );
}

function FailedJob({ job }: { readonly job: SiteJob }) {
  const retry = useRetryJob();
  const again = () =>
    act(retry, job.id, {
      onSuccess: () => notifyDone(t("Back in the queue.")),
      onError: (error) => notifyFailure(error, t("Not started")),
    });
  return (
    <Card px="md" py="xs" data-testid="failed-job">
      <Group justify="space-between" wrap="nowrap" align="flex-start" className="acts-below">
        <Stack gap={4} style={{ minWidth: 0, flex: 1 }}>
          <Group gap="xs">
            <Title order={3} size="sm">
              {jobTitle(job.kind)}
            </Title>
            <Text size="sm" c="dimmed">
              {job.project ?? t("The site")} · {formatRelative(job.finished_at ?? job.created_at)}
            </Text>
          </Group>
          {job.error !== "" && (
            <Alert color="red" variant="light" p="xs">
              {job.error}
            </Alert>
          )}
        </Stack>
        {job.retryable ? (
          <Button size="xs" variant="default" onClick={again} loading={retry.isPending}>
            {t("Try again")}
          </Button>
        ) : (
          <Text size="xs" c="dimmed" maw={180} ta="right">
            {t("A manager starts this anew on its own page.")}
          </Text>
        )}
      </Group>
    </Card>
  );
}
