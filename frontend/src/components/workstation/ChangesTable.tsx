import { Table, Text } from "@mantine/core";
import { decimal, t } from "@/i18n";
import type { MaskChanges } from "@/domain/compareMasks";
import { nameOf } from "@/domain/labels";

interface Props {
  readonly changes: Pick<MaskChanges, "rows" | "renames">;
  /** mm3 of one voxel. */
  readonly voxelMm3: number;
}

/** What was renamed, then for each level what came and what went. */
export function ChangesTable({ changes: { rows, renames }, voxelMm3 }: Props) {
  if (rows.length === 0) return <Text size="sm">{t("Nothing changed.")}</Text>;
  return (
    <>
      {renames.map(({ from, to, voxels }) => (
        <Text size="xs" key={`${from}-${to}`} className="tabular" data-testid="renamed">
          {t("{{from}} → {{to}}: {{voxels}} voxels renamed", { from: nameOf(from), to: nameOf(to), voxels })}
        </Text>
      ))}
      <Table fz="xs" verticalSpacing={2} className="tabular" data-testid="changes-table">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Level")}</Table.Th>
            <Table.Th ta="right">{t("+ voxels")}</Table.Th>
            <Table.Th ta="right">{t("− voxels")}</Table.Th>
            <Table.Th ta="right">ml</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.label}>
              <Table.Td>
                {nameOf(row.label)}
                {row.before === 0 && t(" (new)")}
                {row.after === 0 && t(" (gone)")}
              </Table.Td>
              <Table.Td ta="right">{row.added}</Table.Td>
              <Table.Td ta="right">{row.removed}</Table.Td>
              <Table.Td ta="right">{decimal((((row.after - row.before) * voxelMm3) / 1000).toFixed(2))}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
