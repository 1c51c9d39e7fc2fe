import { Table, Text } from "@mantine/core";
import { answered, t } from "@/i18n";
import type { HastyWork } from "@/api/types";
import { TextLink } from "@/components/common/links";
import { LookLink } from "@/components/viewing/LookLink";
import { formatRelative } from "@/state/format";
import { paceText, unseenText, whyFast } from "./paceText";

/** Hand-ins faster than anybody can look, with the figures as they were then. */
export function HastyTable({ rows }: { readonly rows: readonly HastyWork[] }) {
  if (rows.length === 0) return <Text c="dimmed">{t("Nothing was submitted too fast.")}</Text>;
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing="xs" className="tabular" data-testid="hasty-work">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Case")}</Table.Th>
            <Table.Th>{t("Person")}</Table.Th>
            <Table.Th>{t("Submitted")}</Table.Th>
            <Table.Th>{t("Time")}</Table.Th>
            <Table.Th>{t("Never in view")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.case_id}-${row.name}-${row.submitted_at}`}>
              <Table.Td>
                <TextLink to="/cases/$id" params={{ id: row.case_id }}>
                  {row.alias}
                </TextLink>
                <LookLink caseId={row.case_id} label={t("Look at {{alias}}", { alias: row.alias })} />
              </Table.Td>
              <Table.Td>
                {row.name}
                <Text size="xs" c="dimmed">
                  {answered(row.stage_title)}
                </Text>
              </Table.Td>
              <Table.Td>{formatRelative(row.submitted_at)}</Table.Td>
              <Table.Td>
                {paceText(row.pace)}
                <Text size="xs" c="dimmed">
                  {whyFast(row.pace)}
                </Text>
              </Table.Td>
              <Table.Td>
                {row.never_in_view === null ? t("not known") : unseenText(row.never_in_view) || t("none")}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
