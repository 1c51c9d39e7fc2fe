import { Table, Text } from "@mantine/core";
import { t } from "@/i18n";
import type { Course } from "@/api/types";
import { TextLink } from "@/components/common/links";
import { ReportCard } from "@/components/reports/ReportCard";
import { formatDuration, secondsSince } from "@/state/format";

/** The cases that have been longest in their stage, each with what is usual there. */
export function AgeingCard({ cases }: { readonly cases: Course["ageing"] }) {
  return (
    <ReportCard title={t("Longest in their stage")} testId="ageing" id="ageing">
      {cases.length === 0 ? (
        <Text c="dimmed">{t("No case is under way.")}</Text>
      ) : (
        <Table.ScrollContainer minWidth={420}>
          <Table className="tabular" aria-label={t("Longest in their stage")} verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("Case")}</Table.Th>
                <Table.Th>{t("Stage")}</Table.Th>
                <Table.Th ta="right">{t("For")}</Table.Th>
                <Table.Th ta="right">{t("Median")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {cases.map(({ id, alias, stage_title: stage, since, usual_s: usual }) => (
                <Table.Tr key={id}>
                  <Table.Td>
                    <TextLink size="sm" to="/cases/$id" params={{ id }}>
                      {alias}
                    </TextLink>
                  </Table.Td>
                  <Table.Td>{stage}</Table.Td>
                  <Table.Td ta="right">{formatDuration(secondsSince(since))}</Table.Td>
                  <Table.Td ta="right">{formatDuration(usual)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </ReportCard>
  );
}
