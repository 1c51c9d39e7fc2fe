import { Button, Group, ScrollArea, SegmentedControl, Table, Text, Title } from "@mantine/core";
import { IconTableExport } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import type { StandingsRow } from "@/api/types";
import type { components } from "@/api/schema";
import { saveCsv, toCsv } from "@/components/reports/csv";
import { formatNumber } from "@/state/format";
import { MEASURE_DIGITS, MEASURES, type PartMeasure, partCsv, partNames, partOf } from "./levels";

type Standings = components["schemas"]["Standings"];

/** How far the raters agree with each other on these cases: what a program can reach at the best. */
export function HumanBand({ board }: { readonly board: Standings }) {
  const { value, low, high } = board.human_dice;
  if (value === null) return null;
  return (
    <Text size="sm" mt="sm" data-testid="human-band">
      <Rich
        text="The raters agree with each other to a Dice of <1>{{value}}</1><2/> on these cases."
        values={{ value: formatNumber(value, 3) }}
        parts={[
          (inner) => <b>{inner}</b>,
          low !== null &&
            high !== null &&
            t(" ({{low}} to {{high}})", { low: formatNumber(low, 3), high: formatNumber(high, 3) }),
        ]}
      />
    </Text>
  );
}

interface LevelTableProps {
  readonly rows: readonly StandingsRow[];
  readonly fileName: string;
}

/** Every team on every region and level, one measure at a time. */
export function LevelTable({ rows, fileName }: LevelTableProps) {
  const [measure, setMeasure] = useState<PartMeasure>("dice");
  const names = partNames(rows);
  if (names.length === 0) return null;
  return (
    <>
      <Group justify="space-between" mt="lg" mb="xs">
        <Title order={3}>{t("By region and level")}</Title>
        <Group gap="sm">
          <SegmentedControl
            size="xs"
            aria-label={t("Measure by level")}
            data={MEASURES.map(([value, label]) => ({ value, label }))}
            value={measure}
            onChange={(chosen) => setMeasure(chosen as PartMeasure)}
          />
          <Button
            size="xs"
            variant="default"
            leftSection={<IconTableExport size={14} />}
            onClick={() => {
              const { header, rows: lines } = partCsv(rows);
              saveCsv(fileName, toCsv(header, lines));
            }}
          >
            CSV
          </Button>
        </Group>
      </Group>
      <ScrollArea.Autosize mah={420} viewportProps={{ tabIndex: 0 }}>
        <Table verticalSpacing={4} stickyHeader fz="sm" className="tabular" data-testid="level-table">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Level")}</Table.Th>
              <Table.Th ta="right">{t("Vertebrae")}</Table.Th>
              {rows.map((row) => (
                <Table.Th key={row.team_id} ta="right">
                  {row.team}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {names.map(({ name, region, vertebrae }) => (
              <Table.Tr key={name} fw={region ? 600 : 400}>
                <Table.Td>{name}</Table.Td>
                <Table.Td ta="right">{formatNumber(vertebrae)}</Table.Td>
                {rows.map((row) => (
                  <Table.Td key={row.team_id} ta="right">
                    {formatNumber(partOf(row, name)?.[measure] ?? null, MEASURE_DIGITS[measure])}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </>
  );
}
