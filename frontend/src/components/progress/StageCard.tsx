import { Table, Text } from "@mantine/core";
import { answered, t } from "@/i18n";
import type { Course } from "@/api/types";
import { ReportCard } from "@/components/reports/ReportCard";
import { formatDuration, formatMinutes, formatNumber } from "@/state/format";

/** How long cases stay in each stage, and what it costs people. */
export function StageCard({ stages }: Pick<Course, "stages">) {
  return (
    <ReportCard
      title={t("Stages")}
      note={t(
        "How long cases stayed in a stage before they left it, waiting included, and the minutes in which people were active. A case that comes back stays anew.",
      )}
      testId="stages"
      numbers={{
        fileName: "stages.csv",
        csvHeader: Object.keys(stages[0] ?? {}),
        csvRows: stages.map((stage) => Object.values(stage)),
        header: [t("Stage"), t("Quarter of stays within (s)"), t("Half within (s)"), t("Three quarters within (s)")],
        rows: stages.map(({ title, quartile_low_s: low, median_s: median, quartile_high_s: high }) => [
          title,
          ...[low, median, high].map((seconds) => formatNumber(seconds)),
        ]),
      }}
    >
      <Table.ScrollContainer minWidth={760}>
        <Table className="tabular" aria-label={t("Stages")} verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Stage")}</Table.Th>
              <Table.Th ta="right">{t("Cases in it")}</Table.Th>
              <Table.Th ta="right">{t("Stays")}</Table.Th>
              <Table.Th ta="right">{t("Median stay")}</Table.Th>
              <Table.Th ta="right">{t("Half of them between")}</Table.Th>
              <Table.Th ta="right">{t("Active")}</Table.Th>
              <Table.Th ta="right">{t("Submitted")}</Table.Th>
              <Table.Th ta="right">{t("A submission")}</Table.Th>
              <Table.Th ta="right">{t("A vertebra")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {stages.map((stage) => (
              <Table.Tr key={stage.key}>
                <Table.Td>
                  {answered(stage.title)}
                  {stage.kind === "former" && (
                    <Text span size="xs" c="dimmed">
                      {" "}
                      {t("(not in the protocol any more)")}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td ta="right">{formatNumber(stage.cases)}</Table.Td>
                <Table.Td ta="right">{formatNumber(stage.stays)}</Table.Td>
                <Table.Td ta="right">{formatDuration(stage.median_s)}</Table.Td>
                <Table.Td ta="right">
                  {stage.stays === 0
                    ? "–"
                    : t("{{quartile_low_s}} and {{quartile_high_s}}", {
                        quartile_low_s: formatDuration(stage.quartile_low_s),
                        quartile_high_s: formatDuration(stage.quartile_high_s),
                      })}
                </Table.Td>
                <Table.Td ta="right">{formatMinutes(stage.active_minutes)}</Table.Td>
                <Table.Td ta="right">{formatNumber(stage.hand_ins)}</Table.Td>
                <Table.Td ta="right">{minutes(stage.minutes_per_hand_in)}</Table.Td>
                <Table.Td ta="right">{minutes(stage.minutes_per_vertebra)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </ReportCard>
  );
}

function minutes(value: number | null): string {
  return value === null ? "–" : t("{{value}} min", { value: formatNumber(value, 1) });
}
