import { Table, Text } from "@mantine/core";
import type { BiasFigures } from "@/api/types";
import { estimateColumns, estimateFields, estimateText } from "@/components/reports/estimate";
import type { NumbersTable } from "@/components/reports/ReportCard";
import { count } from "@/state/format";

const ROWS = [
  { key: "final_dice", name: "Dice with the accepted mask", digits: 3 },
  { key: "volume_difference_ml", name: "Volume less the accepted mask's (ml)", digits: 2 },
  { key: "minutes_per_vertebra", name: "Minutes per vertebra", digits: 1 },
] as const;

/** Both groups with their counts, as a table and a file. */
export function biasNumbers({ engine, blank, difference }: BiasFigures): NumbersTable {
  const groups = [
    { name: "From the engine", group: engine },
    { name: "Blank", group: blank },
  ];
  const empty = { submissions: null, cases: null, patients: null };
  const all = [...groups, { name: "Blank less engine", group: { ...empty, ...difference } }];
  return {
    fileName: "automation-bias.csv",
    csvHeader: ["group", "masks", "cases", "patients", ...ROWS.flatMap(({ key }) => estimateColumns(key))],
    csvRows: all.map(({ name, group }) => [
      name,
      group.submissions,
      group.cases,
      group.patients,
      ...ROWS.flatMap(({ key }) => estimateFields(group[key])),
    ]),
    header: ["Group", "Masks", "Cases", "Patients", ...ROWS.map(({ name }) => name)],
    rows: all.map(({ name, group }) => [
      name,
      String(group.submissions ?? "–"),
      String(group.cases ?? "–"),
      String(group.patients ?? "–"),
      ...ROWS.map(({ key, digits }) => estimateText(group[key], digits)),
    ]),
  };
}

/** "12 masks of 7 patients" */
function groupText({ submissions, patients }: BiasFigures["engine"]): string {
  return `${count(submissions, "mask")} of ${count(patients, "patient")}`;
}

/** Work that began from the engine's mask beside work that began blank. */
export function BiasTable({ bias: { engine, blank, difference } }: { readonly bias: BiasFigures }) {
  if (engine.submissions === 0 || blank.submissions === 0) {
    return (
      <Text c="dimmed">
        {engine.submissions} finished corrections began from the engine&apos;s mask, {blank.submissions} without one.
        Both are needed: set a share of cases that start without a mask in the protocol.
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table verticalSpacing="xs" className="tabular" data-testid="automation-bias">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Mean (95 % interval over patients)</Table.Th>
            <Table.Th>From the engine ({groupText(engine)})</Table.Th>
            <Table.Th>Blank ({groupText(blank)})</Table.Th>
            <Table.Th>Blank less engine</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ROWS.map(({ key, name, digits }) => (
            <Table.Tr key={key}>
              <Table.Th fw={400}>{name}</Table.Th>
              <Table.Td>{estimateText(engine[key], digits)}</Table.Td>
              <Table.Td>{estimateText(blank[key], digits)}</Table.Td>
              <Table.Td fw={600}>{estimateText(difference[key], digits)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
