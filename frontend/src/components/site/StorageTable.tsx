import { Button, Card, Group, Modal, NumberInput, Pagination, Progress, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { SiteStorage } from "@/api/types";
import { ActionsHead } from "@/components/common/ActionsHead";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { formatBytes, formatRelative } from "@/state/format";
import { useCountStorage, useLimitStorage, useProjectStorage, useSiteStorage } from "@/state/site";
import { GB, keptText } from "./keptText";

const PAGE_SIZE = 50;

/** A row whose limit is being set; without a slug the whole site. */
interface Limited {
  readonly slug: string | null;
  readonly name: string;
  readonly quota: number | null;
}

/** What the site and each project keep, and how much they may. */
export function StorageTable({ page, onPage }: { readonly page: number; readonly onPage: (page: number) => void }) {
  const site = useSiteStorage();
  const projects = useProjectStorage({ page, page_size: PAGE_SIZE });
  const count = useCountStorage();
  const [limited, setLimited] = useState<Limited | null>(null);
  const countAgain = () =>
    act(count, undefined, {
      onSuccess: () => notifyDone(t("It is being counted; look again in a moment.")),
      onError: (error) => notifyFailure(error, t("Not counted")),
    });
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={640}>
          {t(
            "Scans, masks, models and releases as last counted, and files that wait to be read. Over a limit uploads are refused before they start; nothing is deleted.",
          )}
        </Text>
        <Button variant="default" size="xs" onClick={countAgain} loading={count.isPending} data-testid="count-storage">
          {t("Count again")}
        </Button>
      </Group>
      <QueryState query={projects}>
        {({ results }) => (
          <Card padding={0}>
            <Table.ScrollContainer minWidth={640}>
              <Table verticalSpacing="xs" horizontalSpacing="lg" data-testid="storage">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("Project")}</Table.Th>
                    <Table.Th>{t("Kept")}</Table.Th>
                    <Table.Th>{t("Limit")}</Table.Th>
                    <Table.Th>{t("Counted")}</Table.Th>
                    <ActionsHead />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {site.data !== undefined && (
                    <StorageRow
                      row={site.data}
                      name={t("The whole site")}
                      onLimit={(quota) => setLimited({ slug: null, name: t("The whole site"), quota })}
                    />
                  )}
                  {results.map((row) => (
                    <StorageRow
                      key={row.slug}
                      row={row}
                      name={row.name}
                      onLimit={(quota) => setLimited({ slug: row.slug, name: row.name, quota })}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Card>
        )}
      </QueryState>
      {(projects.data?.count ?? 0) > PAGE_SIZE && (
        <Group justify="center">
          <Pagination total={Math.ceil((projects.data?.count ?? 0) / PAGE_SIZE)} value={page} onChange={onPage} />
        </Group>
      )}
      {limited !== null && <LimitModal key={limited.slug ?? ""} limited={limited} onClose={() => setLimited(null)} />}
    </Stack>
  );
}

interface StorageRowProps {
  readonly row: SiteStorage;
  readonly name: string;
  readonly onLimit: (quota: number | null) => void;
}

function StorageRow({ row, name, onLimit }: StorageRowProps) {
  const { quota_bytes: quota, used_bytes: used } = row;
  return (
    <Table.Tr>
      <Table.Td>{name}</Table.Td>
      <Table.Td>
        <Text size="sm">{row.counted_at === null && used === 0 ? t("not counted yet") : formatBytes(used)}</Text>
        <Text size="xs" c="dimmed">
          {keptText(row)}
        </Text>
      </Table.Td>
      <Table.Td>
        {quota === null ? (
          t("No limit")
        ) : (
          <Stack gap={2}>
            <Text size="sm">{formatBytes(quota)}</Text>
            <Progress
              value={Math.min(100, (100 * used) / quota)}
              color={used > 0.9 * quota ? "red" : "petrol"}
              aria-label={t("Used of the limit of {{name}}", { name })}
            />
          </Stack>
        )}
      </Table.Td>
      <Table.Td>{row.counted_at === null ? t("Never") : formatRelative(row.counted_at)}</Table.Td>
      <Table.Td ta="right">
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => onLimit(quota)}
          aria-label={t("Set the limit of {{name}}", { name })}
        >
          {t("Set the limit")}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

function LimitModal({ limited, onClose }: { readonly limited: Limited; readonly onClose: () => void }) {
  const limit = useLimitStorage();
  const [gigabytes, setGigabytes] = useState<number | "">(limited.quota === null ? "" : limited.quota / GB);
  const save = () =>
    act(
      limit,
      { slug: limited.slug, quota_bytes: gigabytes === "" ? null : Math.round(gigabytes * GB) },
      { onSuccess: onClose, onError: (error) => notifyFailure(error, t("Not changed")) },
    );
  return (
    <Modal opened onClose={onClose} title={t("Limit of storage: {{name}}", { name: limited.name })}>
      <Stack>
        <NumberInput
          label={t("May keep at most")}
          description={t("Empty: no limit")}
          suffix=" GB"
          min={0.1}
          decimalScale={1}
          value={gigabytes}
          onChange={(value) => setGigabytes(typeof value === "number" ? value : "")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button onClick={save} loading={limit.isPending} data-testid="save-limit">
            {t("Save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
