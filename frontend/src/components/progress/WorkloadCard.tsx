import { Badge, Group, Table, Text } from "@mantine/core";
import { t } from "@/i18n";
import type { Course } from "@/api/types";
import { GroupFilter } from "@/components/projects/GroupSelect";
import { ReportCard } from "@/components/reports/ReportCard";
import { formatDate, formatMinutes, formatNumber } from "@/state/format";
import { useGroupChoice } from "@/state/groups";

/** Who has how much in hand, and what of it is overdue. */
export function WorkloadCard({ slug, people: everybody }: Pick<Course, "people"> & { readonly slug: string }) {
  const choice = useGroupChoice(slug);
  const people = everybody.filter(({ user }) => choice.holds(user.id));
  return (
    <ReportCard
      title={t("Work in hand")}
      testId="workload"
      id="workload"
      numbers={{
        fileName: "workload.csv",
        csvHeader: ["name", "open", "overdue", "submitted", "active_minutes", "away_until"],
        csvRows: people.map((row) => [
          row.user.name,
          row.open,
          row.overdue,
          row.submitted,
          row.active_minutes,
          row.away_until,
        ]),
        header: [t("Name"), t("Away until")],
        rows: people.map((row) => [row.user.name, row.away_until === null ? "–" : formatDate(row.away_until)]),
      }}
    >
      {choice.groups.length > 0 && (
        <Group mb="sm">
          <GroupFilter choice={choice} />
        </Group>
      )}
      {choice.id !== null && people.length === 0 ? (
        <Text c="dimmed">{t("Nobody of this group works here yet.")}</Text>
      ) : people.length === 0 ? (
        <Text c="dimmed">{t("Nobody works here yet. Add raters under Members.")}</Text>
      ) : (
        <Table.ScrollContainer minWidth={420} mah={560}>
          <Table className="tabular" aria-label={t("Work in hand")} verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("Name")}</Table.Th>
                <Table.Th ta="right" style={{ whiteSpace: "nowrap" }}>
                  {t("In hand")}
                </Table.Th>
                <Table.Th ta="right">{t("Overdue")}</Table.Th>
                <Table.Th ta="right">{t("Submitted")}</Table.Th>
                <Table.Th ta="right">{t("Active")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {people.map(({ user, open, overdue, submitted, active_minutes: active, away_until: away }) => (
                <Table.Tr key={user.id}>
                  <Table.Td>
                    {user.name}{" "}
                    {away !== null && (
                      <Badge size="xs" variant="light" color="gray">
                        {t("away until {{away}}", { away: formatDate(away) })}
                      </Badge>
                    )}
                  </Table.Td>
                  <Table.Td ta="right">{formatNumber(open)}</Table.Td>
                  <Table.Td ta="right" {...(overdue > 0 && { c: "red", fw: 600 })}>
                    {formatNumber(overdue)}
                  </Table.Td>
                  <Table.Td ta="right">{formatNumber(submitted)}</Table.Td>
                  <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
                    {active > 0 ? formatMinutes(active) : "–"}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </ReportCard>
  );
}
