import { Badge, Card, Group, Progress, Stack, Table, Text } from "@mantine/core";
import { IconServerOff } from "@tabler/icons-react";
import { t } from "@/i18n";
import { Message } from "@/components/common/Message";
import { QueryState } from "@/components/common/QueryState";
import { formatBytes, formatRelative } from "@/state/format";
import { useSiteHealth } from "@/state/site";

/** Who takes background work, and the disk that all of it lies on. */
export function WorkerTable() {
  return (
    <QueryState query={useSiteHealth()}>
      {({ workers, version, disk }) => (
        <Stack gap="lg">
          <Card padding="lg">
            <Stack gap={6}>
              <Group justify="space-between">
                <Text fw={600}>{t("Disk")}</Text>
                <Text size="sm" data-testid="disk">
                  {t("{{free}} of {{total}} free", {
                    free: formatBytes(disk.free_bytes),
                    total: formatBytes(disk.total_bytes),
                  })}
                </Text>
              </Group>
              <Progress
                value={(100 * (disk.total_bytes - disk.free_bytes)) / disk.total_bytes}
                color={disk.free_bytes < 0.1 * disk.total_bytes ? "red" : "petrol"}
                aria-label={t("Disk used")}
              />
            </Stack>
          </Card>
          {workers.length === 0 ? (
            <Message icon={<IconServerOff />} title={t("No worker has said that it lives")} compact>
              {t("Background work waits until one is started.")}
            </Message>
          ) : (
            <Card padding={0}>
              <Table.ScrollContainer minWidth={640}>
                <Table verticalSpacing="xs" horizontalSpacing="lg" data-testid="workers">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("Worker")}</Table.Th>
                      <Table.Th>{t("Queues")}</Table.Th>
                      <Table.Th>{t("Version")}</Table.Th>
                      <Table.Th>{t("Started")}</Table.Th>
                      <Table.Th>{t("Last sign of life")}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {workers.map((worker) => (
                      <Table.Tr key={worker.name}>
                        <Table.Td>{worker.name}</Table.Td>
                        <Table.Td>{worker.queues.join(", ")}</Table.Td>
                        <Table.Td>
                          {worker.version === version ? worker.version : <Badge color="amber">{worker.version}</Badge>}
                        </Table.Td>
                        <Table.Td>{formatRelative(worker.started_at)}</Table.Td>
                        <Table.Td>
                          {worker.silent ? (
                            <Badge color="red">{formatRelative(worker.beat_at)}</Badge>
                          ) : (
                            formatRelative(worker.beat_at)
                          )}
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            </Card>
          )}
        </Stack>
      )}
    </QueryState>
  );
}
