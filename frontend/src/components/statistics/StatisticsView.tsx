import { Card, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { answered, t } from "@/i18n";
import type { Statistics } from "@/state/measurements";
import { type ChartSeries, CountChart } from "./CountChart";
import { columnTitle, formatP, groupRows, testTitle, typeRows, variantTitle } from "./rows";

const ONE: readonly ChartSeries[] = [{ key: "count", name: t("Count"), color: "var(--mantine-color-petrol-5)" }];
const GRADES: readonly ChartSeries[] = [
  { key: "1", name: t("Grade 1"), color: "var(--mantine-color-petrol-4)" },
  { key: "2", name: t("Grade 2"), color: "var(--mantine-color-amber-5)" },
  { key: "3", name: t("Grade 3"), color: "var(--mantine-color-red-7)" },
];

/** Table 1, its tests and the figures E1 to E4. */
export function StatisticsView({ report }: { readonly report: Statistics }) {
  const { figures } = report;
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 1, lg: report.tests.length > 0 ? 2 : 1 }} spacing="lg" style={{ alignItems: "start" }}>
        <TableOne report={report} />
        {report.tests.length > 0 && <Tests tests={report.tests} />}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Figure title={t("Vertebrae by level")}>
          <CountChart
            title={t("Vertebrae by level")}
            rows={groupRows(figures.vertebrae)}
            series={ONE}
            empty={t("No vertebra is counted yet.")}
          />
        </Figure>
        <Figure title={t("Fractured vertebrae by level")}>
          <CountChart
            title={t("Fractured vertebrae by level")}
            rows={groupRows(figures.fractured)}
            series={ONE}
            empty={t("No fracture was agreed on.")}
          />
        </Figure>
        <Figure title={t("Fracture type by grade")}>
          <CountChart
            title={t("Fracture type by grade")}
            rows={typeRows(figures.types)}
            series={GRADES}
            empty={t("No fracture was agreed on.")}
          />
        </Figure>
        <Figure title={t("Patients by age")}>
          <CountChart
            title={t("Patients by decade of age")}
            rows={groupRows(figures.decades)}
            series={ONE}
            empty={t("No age is known.")}
          />
        </Figure>
        <Figure title={t("Patients by bone density, mg/cm³")}>
          <CountChart
            title={t("Patients by class of bone density")}
            rows={groupRows(figures.bmd_classes)}
            series={ONE}
            empty={t("No bone density is known. It needs a verified calibration of the scanner.")}
          />
        </Figure>
      </SimpleGrid>
    </Stack>
  );
}

function Figure({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Card>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

function TableOne({ report }: { readonly report: Statistics }) {
  return (
    <Card>
      <Title order={2} size="h4" mb="sm">
        {t("Cases, vertebrae and patients")}
      </Title>
      <Table.ScrollContainer minWidth={300}>
        <Table striped data-testid="table-one">
          <Table.Thead>
            <Table.Tr>
              <Table.Th />
              {report.columns.map((name) => (
                <Table.Th key={name} ta="right">
                  {columnTitle(name)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {report.rows.map(({ name, cells }) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={500}>
                  {answered(name)}
                </Table.Th>
                {cells.map((cell, index) => (
                  <Table.Td key={report.columns[index]} ta="right" className="tabular" style={{ whiteSpace: "nowrap" }}>
                    {cell}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="sm" c="dimmed" mt="sm">
        {t(
          "Series and vertebrae are counted as they are; age, sex, density, contrast and scanner once for each patient, from the first series. SD is the sample's.",
        )}
        {report.left_out > 0 &&
          t(" {{left_out}} vertebrae that the image cuts off are not counted.", { left_out: report.left_out })}
        {report.held > 0 && t(" {{held}} accepted series are kept out by an inclusion rule.", { held: report.held })}
      </Text>
    </Card>
  );
}

function Tests({ tests }: { readonly tests: Statistics["tests"] }) {
  return (
    <Card>
      <Title order={2} size="h4" mb="sm">
        {t("Do the splits differ?")}
      </Title>
      <Table.ScrollContainer minWidth={300}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Of")}</Table.Th>
              <Table.Th>{t("Between")}</Table.Th>
              <Table.Th>{t("Test")}</Table.Th>
              <Table.Th ta="right">p</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tests.map((test) => (
              <Table.Tr key={`${test.groups} ${test.name} ${test.variant}`}>
                <Table.Td>{testTitle(test.name)}</Table.Td>
                <Table.Td>{test.groups}</Table.Td>
                <Table.Td>
                  {variantTitle(test.variant)}
                  {test.note !== "" && (
                    <Text size="xs" c="dimmed">
                      {test.note}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td ta="right" className="tabular">
                  {formatP(test.p)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}
