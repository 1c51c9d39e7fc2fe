import { Table, Text } from "@mantine/core";
import type { Course } from "@/api/types";
import { ReportCard } from "@/components/reports/ReportCard";
import { formatDuration, formatMinutes, formatNumber } from "@/state/format";

/** How long cases stay in each stage, and what it costs people. */
export function StageCard({ stages }: Pick<Course, "stages">) {
  return (
    <ReportCard
      title="Stages"
      note="How long cases stayed in a stage before they left it, waiting included, and the minutes in which people were active. A case that comes back stays anew."
      testId="stages"
      numbers={{
        fileName: "stages.csv",
        csvHeader: Object.keys(stages[0] ?? {}),
        csvRows: stages.map((stage) => Object.values(stage)),
        header: ["Stage", "Quarter of stays within (s)", "Half within (s)", "Three quarters within (s)"],
        rows: stages.map(({ title, quartile_low_s: low, median_s: median, quartile_high_s: high }) => [
          title,
          ...[low, median, high].map((seconds) => formatNumber(seconds)),
        ]),
      }}
    >
      <Table.ScrollContainer minWidth={760}>
        <Table className="tabular" aria-label="Stages" verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Stage</Table.Th>
              <Table.Th ta="right">Cases in it</Table.Th>
              <Table.Th ta="right">Stays</Table.Th>
              <Table.Th ta="right">Median stay</Table.Th>
              <Table.Th ta="right">Half of them between</Table.Th>
              <Table.Th ta="right">Active</Table.Th>
              <Table.Th ta="right">Handed in</Table.Th>
              <Table.Th ta="right">A hand-in</Table.Th>
              <Table.Th ta="right">A vertebra</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {stages.map((stage) => (
              <Table.Tr key={stage.key}>
                <Table.Td>
                  {stage.title}
                  {stage.kind === "former" && (
                    <Text span size="xs" c="dimmed">
                      {" "}
                      (not in the protocol any more)
                    </Text>
                  )}
                </Table.Td>
                <Table.Td ta="right">{formatNumber(stage.cases)}</Table.Td>
                <Table.Td ta="right">{formatNumber(stage.stays)}</Table.Td>
                <Table.Td ta="right">{formatDuration(stage.median_s)}</Table.Td>
                <Table.Td ta="right">
                  {stage.stays === 0
                    ? "–"
                    : `${formatDuration(stage.quartile_low_s)} and ${formatDuration(stage.quartile_high_s)}`}
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
  return value === null ? "–" : `${formatNumber(value, 1)} min`;
}
