import { Button, Card, Group, Table, Text, Title } from "@mantine/core";
import { IconDownload, IconTable } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { t } from "@/i18n";
import { type CsvValue, saveCsv, toCsv } from "./csv";

export interface NumbersTable {
  readonly fileName: string;
  readonly csvHeader: readonly string[];
  readonly csvRows: readonly (readonly CsvValue[])[];
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface ReportCardProps {
  readonly title: string;
  readonly note?: string;
  readonly numbers?: NumbersTable | undefined;
  readonly testId?: string;
  /** What links lead to. */
  readonly id?: string;
  readonly children: ReactNode;
}

/** A plot with its numbers one click away, as a table and as a CSV file. */
export function ReportCard({ title, note, numbers, testId, id, children }: ReportCardProps) {
  const [open, setOpen] = useState(false);
  return (
    <Card padding="lg" component="section" aria-label={title} id={id} data-testid={testId}>
      <Group justify="space-between" mb="md" align="flex-start">
        <div style={{ flex: "1 1 280px" }}>
          <Title order={2}>{title}</Title>
          {note !== undefined && (
            <Text size="sm" c="dimmed" maw={680}>
              {note}
            </Text>
          )}
        </div>
        {numbers !== undefined && numbers.rows.length > 0 && (
          <Group gap="xs">
            <Button
              variant="default"
              size="xs"
              leftSection={<IconTable size={14} />}
              aria-expanded={open}
              aria-label={t("Numbers of {{title}}", { title })}
              onClick={() => setOpen(!open)}
            >
              {open ? t("Hide numbers") : t("Numbers")}
            </Button>
            <Button
              variant="default"
              size="xs"
              leftSection={<IconDownload size={14} />}
              aria-label={t("CSV of {{title}}", { title })}
              onClick={() => saveCsv(numbers.fileName, toCsv(numbers.csvHeader, numbers.csvRows))}
            >
              CSV
            </Button>
          </Group>
        )}
      </Group>
      {children}
      {open && numbers !== undefined && (
        <Table.ScrollContainer minWidth={560} mt="md">
          <Table verticalSpacing={4} className="tabular" data-testid="report-numbers">
            <Table.Thead>
              <Table.Tr>
                {numbers.header.map((name) => (
                  <Table.Th key={name}>{name}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {numbers.rows.map((row) => (
                <Table.Tr key={row.join("|")}>
                  {row.map((text, column) => (
                    <Table.Td key={numbers.header[column]} style={column < 2 ? { whiteSpace: "nowrap" } : undefined}>
                      {text}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Card>
  );
}
