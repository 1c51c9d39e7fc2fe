import { Table, Text } from "@mantine/core";
import { t } from "@/i18n";
import type { BiasFigures } from "@/api/types";
import { estimateColumns, estimateFields, estimateText } from "@/components/reports/estimate";
import type { NumbersTable } from "@/components/reports/ReportCard";
import { count } from "@/state/format";

const ROWS = [
  { key: "final_dice", name: t("Dice with the accepted mask"), digits: 3 },
  { key: "volume_difference_ml", name: t("Volume less the accepted mask's (ml)"), digits: 2 },
  { key: "minutes_per_vertebra", name: t("Minutes per vertebra"), digits: 1 },
] as const;

/** Both groups with their counts, as a table and a file. */
export function biasNumbers({ engine, blank, difference }: BiasFigures): NumbersTable {
  const groups = [
    { name: t("From the engine"), group: engine },
    { name: t("Blank"), group: blank },
  ];
  const empty = { submissions: null, cases: null, patients: null };
  const all = [...groups, { name: t("Blank less engine"), group: { ...empty, ...difference } }];
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
    header: [t("Group"), t("Masks"), t("Cases"), t("Patients"), ...ROWS.map(({ name }) => name)],
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
  return t("{{masks}} of {{patients}}", { masks: count(submissions, "mask"), patients: count(patients, "patient") });
}

/** Work that began from the engine's mask beside work that began blank. */
export function BiasTable({ bias: { engine, blank, difference } }: { readonly bias: BiasFigures }) {
  if (engine.submissions === 0 || blank.submissions === 0) {
    return (
      <Text c="dimmed">
        {t(
          "{{submissions}} finished corrections began from the engine's mask, {{submissions2}} without one. Both are needed: set a share of cases that start without a mask in the protocol.",
          { submissions: engine.submissions, submissions2: blank.submissions },
        )}
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table verticalSpacing="xs" className="tabular" data-testid="automation-bias">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Mean (95 % interval over patients)")}</Table.Th>
            <Table.Th>{t("From the engine ({{engine}})", { engine: groupText(engine) })}</Table.Th>
            <Table.Th>{t("Blank ({{blank}})", { blank: groupText(blank) })}</Table.Th>
            <Table.Th>{t("Blank less engine")}</Table.Th>
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
