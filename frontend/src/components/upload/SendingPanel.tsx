import { Alert, Button, Card, Group, Progress, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { t } from "@/i18n";
import { confirm } from "@/components/common/confirm";
import { formatBytes, formatDuration, formatPercent } from "@/state/format";
import { totals, type UploadItem, type UploadState } from "@/state/uploads/machine";
import type { UploadSession } from "@/state/uploads/session";

/** Rows shown at most: a DICOM series has hundreds of files, and nobody reads them all. */
const SHOWN_ROWS = 200;
const RATE_EVERY_MS = 1_000;

interface SendingPanelProps {
  readonly session: UploadSession;
  readonly state: Extract<UploadState, { items: readonly UploadItem[] }>;
}

/** Bytes a second, over the time since the panel was opened. */
function useRate(sentBytes: number): number | null {
  const sent = useRef(sentBytes);
  const [rate, setRate] = useState<number | null>(null);
  useEffect(() => {
    sent.current = sentBytes;
  }, [sentBytes]);
  useEffect(() => {
    const startedAt = performance.now();
    const before = sent.current;
    const timer = setInterval(() => {
      setRate(((sent.current - before) * 1000) / (performance.now() - startedAt));
    }, RATE_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return rate;
}

export function SendingPanel({ session, state }: SendingPanelProps) {
  const sum = totals(state.items);
  const rate = useRate(sum.sentBytes);
  const fraction = sum.bytes === 0 ? 0 : sum.sentBytes / sum.bytes;
  const left = rate === null || rate <= 0 ? null : (sum.bytes - sum.sentBytes) / rate;
  const stop = () =>
    confirm({
      title: t("Stop the upload?"),
      body: t("What has arrived stays on the server. Drop the same files again to go on from there."),
      verb: t("Stop"),
      danger: true,
      onConfirm: () => session.stop(),
    });
  return (
    <Card padding="lg" data-testid="sending">
      <Stack>
        <Group justify="space-between">
          <div>
            <Text fw={600} fz="lg">
              {state.phase === "incomplete"
                ? t("Some files did not arrive")
                : t("Sending {{sentFiles}} of {{files}} files", { sentFiles: sum.sentFiles, files: sum.files })}
            </Text>
            <Text c="dimmed" size="sm" className="tabular">
              {t("{{sentBytes}} of {{bytes}}", {
                sentBytes: formatBytes(sum.sentBytes),
                bytes: formatBytes(sum.bytes),
              })}
              {state.phase === "sending" &&
                rate !== null &&
                rate > 0 &&
                t(" · {{rate}}/s", { rate: formatBytes(rate) })}
              {state.phase === "sending" &&
                left !== null &&
                left > 5 &&
                t(" · about {{left}} left", { left: formatDuration(left) })}
            </Text>
          </div>
          {state.phase !== "incomplete" && (
            <Button variant="default" onClick={stop}>
              {t("Stop")}
            </Button>
          )}
        </Group>
        <Progress value={100 * fraction} size="lg" animated={state.phase === "sending"} aria-label={t("Sent")} />
        {state.phase === "sending" && (
          <Text size="sm" c="dimmed">
            {t("You can go to other pages of this site meanwhile; closing the window stops the upload.")}
          </Text>
        )}
        {state.phase === "incomplete" && (
          <Alert
            color="amber"
            icon={<IconAlertTriangle />}
            title={t("{{failedFiles}} of {{files}} files failed", { failedFiles: sum.failedFiles, files: sum.files })}
          >
            <Group mt="xs">
              <Button onClick={() => session.retry()}>{t("Try these again")}</Button>
              <Button
                variant="default"
                disabled={sum.sentFiles === 0}
                onClick={() =>
                  confirm({
                    title: t("Go on without them?"),
                    body: t("A series that misses slices is put into quarantine. You can upload it again as a whole."),
                    verb: t("Go on"),
                    onConfirm: () => void session.handOver(),
                  })
                }
              >
                {t("Go on without them")}
              </Button>
            </Group>
          </Alert>
        )}
        <FileTable items={state.items} />
      </Stack>
    </Card>
  );
}

const ORDER = { failed: 0, sending: 1, waiting: 2, sent: 3 } as const;

function FileTable({ items }: { readonly items: readonly UploadItem[] }) {
  const sorted = [...items].sort((a, b) => ORDER[a.status] - ORDER[b.status]).slice(0, SHOWN_ROWS);
  return (
    <ScrollArea.Autosize mah={360} viewportProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={6} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("File")}</Table.Th>
            <Table.Th ta="right">{t("Size")}</Table.Th>
            <Table.Th w={220}>{t("State")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted.map((item) => (
            <Table.Tr key={item.path}>
              <Table.Td className="mono" style={{ wordBreak: "break-all" }}>
                {item.path}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {formatBytes(item.size)}
              </Table.Td>
              <Table.Td>
                <ItemState item={item} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {items.length > SHOWN_ROWS && (
        <Text size="sm" c="dimmed" ta="center" py="xs">
          {t("and {{items}} more", { items: items.length - SHOWN_ROWS })}
        </Text>
      )}
    </ScrollArea.Autosize>
  );
}

function ItemState({ item }: { readonly item: UploadItem }) {
  switch (item.status) {
    case "waiting":
      return (
        <Text size="sm" c="dimmed">
          {t("Waiting")}
        </Text>
      );
    case "sending": {
      const fraction = item.size === 0 ? 0 : item.sentBytes / item.size;
      return (
        <Group gap={8} wrap="nowrap">
          <Progress value={100 * fraction} style={{ flex: 1 }} aria-label={t("{{path}} sent", { path: item.path })} />
          <Text size="sm" className="tabular" w={44} ta="right">
            {formatPercent(fraction)}
          </Text>
        </Group>
      );
    }
    case "sent":
      return (
        <Text size="sm" c="green">
          <IconCheck size={14} style={{ verticalAlign: "-2px" }} aria-hidden="true" /> {t("Arrived")}
        </Text>
      );
    case "failed":
      return (
        <Text size="sm" c="red">
          {item.problem}
        </Text>
      );
  }
}
