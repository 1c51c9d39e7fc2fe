import { Badge, Button, Code, Group, Pagination, Stack, Table, Text, Tooltip } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { Delivery } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { QueryState, RowsSkeleton } from "@/components/common/QueryState";
import { formatDateTime, formatRelative } from "@/state/format";
import { useDeliveries, useWebhookActions } from "@/state/webhooks";

const PAGE_SIZE = 10;
const STATES: Readonly<Record<Delivery["state"], { label: string; color: string }>> = {
  waiting: { label: t("Waiting"), color: "yellow" },
  sent: { label: t("Sent"), color: "green" },
  given_up: { label: t("Given up"), color: "red" },
};

/** What was sent to one webhook or waits to be, newest first. */
export function Deliveries({
  slug,
  id,
  active,
}: {
  readonly slug: string;
  readonly id: string;
  readonly active: boolean;
}) {
  const [page, setPage] = useState(1);
  const deliveries = useDeliveries(slug, id, page);
  return (
    <QueryState query={deliveries} skeleton={<RowsSkeleton count={2} />}>
      {({ results, count }) =>
        count === 0 ? (
          <Text size="sm" c="dimmed">
            {t("Nothing was sent yet. Try it, or wait until something happens.")}
          </Text>
        ) : (
          <Stack gap="xs">
            <Table.ScrollContainer minWidth={300}>
              <Table verticalSpacing={6} data-testid="deliveries">
                <Table.Tbody>
                  {results.map((delivery) => (
                    <Row key={delivery.id} slug={slug} id={id} delivery={delivery} active={active} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {count > PAGE_SIZE && (
              <Group justify="center">
                <Pagination size="sm" total={Math.ceil(count / PAGE_SIZE)} value={page} onChange={setPage} />
              </Group>
            )}
          </Stack>
        )
      }
    </QueryState>
  );
}

interface RowProps {
  readonly slug: string;
  readonly id: string;
  readonly delivery: Delivery;
  readonly active: boolean;
}

function Row({ slug, id, delivery, active }: RowProps) {
  const { again } = useWebhookActions(slug);
  const { label, color } = STATES[delivery.state];
  const send = () =>
    act(again, { id, delivery: delivery.id }, { onError: (error) => notifyFailure(error, t("Not sent again")) });
  return (
    <Table.Tr data-testid="delivery" data-state={delivery.state}>
      <Table.Td w={110}>
        <Badge color={color}>{label}</Badge>
      </Table.Td>
      <Table.Td>
        <Tooltip label={<Code block>{delivery.body}</Code>} multiline maw={520}>
          <Text size="sm" tabIndex={0}>
            {delivery.event}
          </Text>
        </Tooltip>
        <Text size="xs" c="dimmed">
          {outcome(delivery)}
        </Text>
      </Table.Td>
      <Table.Td w={170}>
        <Text size="sm">{formatDateTime(delivery.created_at)}</Text>
      </Table.Td>
      <Table.Td ta="right" w={120}>
        <Button size="compact-sm" variant="default" onClick={send} loading={again.isPending} disabled={!active}>
          {t("Send again")}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

function outcome({ state, attempts, last_error, last_status, next_at, sent_at }: Delivery): string {
  if (state === "sent")
    return t("Answered {{last_status}} {{sent_at}}", {
      last_status: last_status ?? "",
      sent_at: formatRelative(sent_at ?? next_at),
    });
  if (attempts === 0) return t("On its way");
  const tries = attempts === 1 ? t("Tried once") : t("Tried {{attempts}} times", { attempts });
  const next = state === "waiting" ? t(", next {{next_at}}", { next_at: formatRelative(next_at) }) : "";
  return `${tries}${next}. ${last_error}`;
}
