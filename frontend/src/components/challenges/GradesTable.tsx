import { Table, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import type { StandingsRow } from "@/api/types";
import { formatNumber } from "@/state/format";
import { EstimateCell } from "./EstimateCell";

/** The teams' fracture grades, of all vertebrae that the readers graded. */
export function GradesTable({ rows }: { readonly rows: readonly StandingsRow[] }) {
  return (
    <div>
      <Title order={4}>{t("Fracture grades")}</Title>
      <Table.ScrollContainer minWidth={620}>
        <Table verticalSpacing="xs" fz="sm" className="tabular" data-testid="grades-board">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Team")}</Table.Th>
              <Table.Th>{t("Weighted kappa")}</Table.Th>
              <Table.Th>{t("AUC")}</Table.Th>
              <Table.Th>{t("Sensitivity")}</Table.Th>
              <Table.Th>{t("Specificity")}</Table.Th>
              <Table.Th ta="right">{t("Not graded")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(
              ({ team_id: id, team, grades }) =>
                grades !== null && (
                  <Table.Tr key={id}>
                    <Table.Td fw={600}>{team}</Table.Td>
                    <EstimateCell estimate={grades.kappa} />
                    <EstimateCell estimate={grades.auc} />
                    <EstimateCell estimate={grades.sensitivity} />
                    <EstimateCell estimate={grades.specificity} />
                    <Table.Td ta="right">{formatNumber(grades.untold)}</Table.Td>
                  </Table.Tr>
                ),
            )}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="sm" c="dimmed" mt="xs">
        {t(
          "Kappa is quadratic; AUC, sensitivity and specificity are of moderate and severe fractures (grade 2 and 3). Vertebrae that were not graded count as normal. Teams are ranked by how near their grades are, scan by scan.",
        )}
      </Text>
    </div>
  );
}
