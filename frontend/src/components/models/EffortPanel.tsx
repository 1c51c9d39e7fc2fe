import { Card, Table, Text } from "@mantine/core";
import { IconBrush } from "@tabler/icons-react";
import { t } from "@/i18n";
import { Message } from "@/components/common/Message";
import { QueryState } from "@/components/common/QueryState";
import { AsOfNote } from "@/components/reports/AsOfNote";
import { formatNumber } from "@/state/format";
import { useEditEffort } from "@/state/models";
import { EffortChart } from "./charts";

/** What raters had to change of each model's masks. */
export function EffortPanel({ slug }: { readonly slug: string }) {
  return (
    <QueryState query={useEditEffort(slug)}>
      {({ as_of: asOf, models: rows }) =>
        rows.length === 0 && asOf.computed_at !== null ? (
          <Message compact icon={<IconBrush />} title={t("Nobody has corrected an engine's mask yet")}>
            {t("As soon as raters submit masks that started from an engine's, this shows how much they had to change.")}
          </Message>
        ) : (
          <Card>
            <AsOfNote asOf={asOf} slug={slug} part="edit-effort" />
            <Text size="sm" c="dimmed" mb="md" maw={720}>
              {t(
                "How much of the engine's mask raters changed before they submitted, and the minutes they were active. A model that is worth its training brings both down.",
              )}
            </Text>
            <EffortChart rows={rows} />
            <Table.ScrollContainer minWidth={300} mt="md">
              <Table aria-label={t("Edit effort by model")}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("Model")}</Table.Th>
                    <Table.Th ta="right">{t("Masks")}</Table.Th>
                    <Table.Th ta="right">{t("Voxels changed")}</Table.Th>
                    <Table.Th ta="right">{t("Of the engine's")}</Table.Th>
                    <Table.Th ta="right">{t("Volume")}</Table.Th>
                    <Table.Th ta="right">{t("Dice kept")}</Table.Th>
                    <Table.Th ta="right">{t("Active time")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((row) => (
                    <Table.Tr key={`${row.model_id ?? ""}${row.name}`}>
                      <Table.Td>{row.number === null ? row.name : `${row.number}: ${row.name}`}</Table.Td>
                      <Table.Td ta="right" className="tabular">
                        {row.masks}
                      </Table.Td>
                      <Table.Td ta="right" className="tabular">
                        {formatNumber(row.changed_voxels)}
                      </Table.Td>
                      <Table.Td ta="right" className="tabular">
                        {row.changed_percent === null ? "–" : `${formatNumber(row.changed_percent, 1)} %`}
                      </Table.Td>
                      <Table.Td ta="right" className="tabular">
                        {t("{{changed_ml}} ml", { changed_ml: formatNumber(row.changed_ml, 2) })}
                      </Table.Td>
                      <Table.Td ta="right" className="tabular">
                        {formatNumber(row.dice, 3)}
                      </Table.Td>
                      <Table.Td ta="right" className="tabular">
                        {row.active_minutes === null
                          ? "–"
                          : t("{{active_minutes}} min", { active_minutes: formatNumber(row.active_minutes, 1) })}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Card>
        )
      }
    </QueryState>
  );
}
