import { Alert, Group, Select, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { Consensus } from "@/api/types";
import { messageOf } from "@/api/errors";
import { LookLink } from "@/components/viewing/LookLink";
import { nameOf } from "@/domain/labels";
import { useMaskChanges } from "@/state/consensus";
import { formatNumber } from "@/state/format";

interface VersionChangesProps {
  readonly caseId: string;
  readonly versions: Consensus["versions"];
}

/** Any two masks of the case held against each other. At first: what the raters and the expert did to the start. */
export function VersionChanges({ caseId, versions }: VersionChangesProps) {
  const [from, setFrom] = useState<string | null>(versions[0]?.id ?? null);
  const [to, setTo] = useState<string | null>(versions.at(-1)?.id ?? null);
  if (versions.length < 2) return <Text c="dimmed">{t("There is only one version yet.")}</Text>;
  const options = versions.map(({ id, title }) => ({ value: id, label: title }));
  return (
    <Stack gap="sm">
      <Group grow>
        <Select
          label={t("From")}
          allowDeselect={false}
          data={options}
          value={from}
          onChange={setFrom}
          data-testid="changes-from"
        />
        <Select
          label={t("To")}
          allowDeselect={false}
          data={options}
          value={to}
          onChange={setTo}
          data-testid="changes-to"
        />
      </Group>
      {from === to ? (
        <Text c="dimmed">{t("Choose two versions.")}</Text>
      ) : (
        <>
          <ChangesTable caseId={caseId} before={from} after={to} />
          <Group>
            <LookLink
              caseId={caseId}
              place={{ version: to ?? undefined, against: from ?? undefined }}
              label={t("Look at both masks in the pictures")}
            >
              {t("Look")}
            </LookLink>
          </Group>
        </>
      )}
    </Stack>
  );
}

interface ChangesTableProps {
  readonly caseId: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Added and removed voxels, Dice and change of volume for each label of either version. */
export function ChangesTable({ caseId, before, after }: ChangesTableProps) {
  const { data, error } = useMaskChanges(caseId, before, after);
  if (error) return <Alert color="red">{messageOf(error)}</Alert>;
  if (data === undefined) return <Skeleton h={120} role="status" aria-label={t("Comparing")} />;
  const changed = data.filter(({ added_voxels: added, removed_voxels: removed }) => added + removed > 0);
  if (changed.length === 0) return <Text c="dimmed">{t("They are the same, voxel for voxel.")}</Text>;
  return (
    <Stack gap="xs">
      <Table.ScrollContainer minWidth={420} mah={360}>
        <Table verticalSpacing={4} fz="sm" stickyHeader className="tabular" data-testid="changes-table">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Vertebra")}</Table.Th>
              <Table.Th ta="right">{t("Added voxels")}</Table.Th>
              <Table.Th ta="right">{t("Removed voxels")}</Table.Th>
              <Table.Th ta="right">Dice</Table.Th>
              <Table.Th ta="right">{t("Change, ml")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {changed.map((row) => (
              <Table.Tr key={row.label}>
                <Table.Td fw={600}>{nameOf(row.label)}</Table.Td>
                <Table.Td ta="right">{formatNumber(row.added_voxels)}</Table.Td>
                <Table.Td ta="right">{formatNumber(row.removed_voxels)}</Table.Td>
                <Table.Td ta="right">{formatNumber(row.dice, 4)}</Table.Td>
                <Table.Td ta="right">{formatNumber(row.volume_change_ml, 2)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {data.length > changed.length && (
        <Text size="sm" c="dimmed">
          {t("{{data}} more are unchanged.", { data: data.length - changed.length })}
        </Text>
      )}
    </Stack>
  );
}
