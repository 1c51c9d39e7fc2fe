import { Button, Group, Modal, NumberInput, Progress, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { IconTarget } from "@tabler/icons-react";
import { useState } from "react";
import { answered, t } from "@/i18n";
import type { Course, CoverageTarget } from "@/api/types";
import { act } from "@/components/common/act";
import { PETROL } from "@/components/common/chartStyle";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { ReportCard } from "@/components/reports/ReportCard";
import { CountChart } from "@/components/statistics/CountChart";
import { formatNumber } from "@/state/format";
import { useSetTargets } from "@/state/reports";

type Rows = Course["coverage"];

const isRegion = ({ part, region }: Rows[number]) => part === region;
const titleOf = (part: string) => answered(part.charAt(0).toUpperCase() + part.slice(1));

/** Accepted vertebrae by level, and against what is wanted. */
export function CoverageCard({ slug, rows }: { readonly slug: string; readonly rows: Rows }) {
  const [editing, setEditing] = useState(false);
  const wanted = rows.filter((row) => row.wanted !== null);
  const levels = rows.filter((row) => !isRegion(row));
  return (
    <ReportCard
      title={t("Vertebrae against targets")}
      note={t("Accepted vertebrae that are seen whole, as table 1 counts them.")}
      testId="coverage"
      numbers={{
        fileName: "coverage.csv",
        csvHeader: ["part", "accepted", "wanted"],
        csvRows: rows.map((row) => [row.part, row.accepted, row.wanted]),
        header: [t("Level or region"), t("Accepted"), t("Wanted")],
        rows: rows.map((row) => [titleOf(row.part), formatNumber(row.accepted), formatNumber(row.wanted)]),
      }}
    >
      <Stack>
        {wanted.length === 0 ? (
          <Text c="dimmed">{t("No target is set: say, for instance, that 200 cervical vertebrae are wanted.")}</Text>
        ) : (
          <Targets rows={wanted} />
        )}
        <Group>
          <Button variant="default" leftSection={<IconTarget size={16} />} onClick={() => setEditing(true)}>
            {t("Set targets")}
          </Button>
        </Group>
        <CountChart
          title={t("Accepted vertebrae by level")}
          rows={levels.map(({ part, accepted }) => ({ group: part, accepted }))}
          series={[{ key: "accepted", name: t("Accepted"), color: PETROL }]}
          empty={t("No vertebra is accepted yet.")}
        />
      </Stack>
      {editing && <TargetsModal slug={slug} rows={rows} onClose={() => setEditing(false)} />}
    </ReportCard>
  );
}

function Targets({ rows }: { readonly rows: Rows }) {
  return (
    <Table className="tabular" aria-label={t("Targets")} maw={560}>
      <Table.Tbody>
        {rows.map(({ part, accepted, wanted }) => (
          <Table.Tr key={part}>
            <Table.Td w={110}>{titleOf(part)}</Table.Td>
            <Table.Td>
              <Progress value={Math.min(100, (100 * accepted) / (wanted ?? 1))} aria-hidden="true" />
            </Table.Td>
            <Table.Td ta="right" w={150}>
              {t("{{accepted}} of {{wanted}}", { accepted: formatNumber(accepted), wanted: formatNumber(wanted) })}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface TargetsModalProps {
  readonly slug: string;
  readonly rows: Rows;
  readonly onClose: () => void;
}

function TargetsModal({ slug, rows, onClose }: TargetsModalProps) {
  const save = useSetTargets(slug);
  const [wanted, setWanted] = useState<ReadonlyMap<string, number>>(
    new Map(rows.flatMap(({ part, wanted: n }) => (n === null ? [] : [[part, n]]))),
  );
  const submit = () =>
    act(
      save,
      rows.flatMap(({ part }): CoverageTarget[] => {
        const n = wanted.get(part);
        return n === undefined ? [] : [{ part, wanted: n }];
      }),
      {
        onSuccess: () => {
          onClose();
          notifyDone(t("Targets saved."));
        },
        onError: (error) => notifyFailure(error, t("The targets were not saved")),
      },
    );
  const field = ({ part }: Rows[number]) => (
    <NumberInput
      key={part}
      label={titleOf(part)}
      min={1}
      max={1_000_000}
      allowDecimal={false}
      placeholder={t("No target")}
      value={wanted.get(part) ?? ""}
      onChange={(value) => {
        const next = new Map(wanted);
        if (typeof value === "number" && value > 0) next.set(part, value);
        else next.delete(part);
        setWanted(next);
      }}
    />
  );
  return (
    <Modal opened onClose={onClose} title={t("How many accepted vertebrae are wanted")} size="lg">
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 3 }}>{rows.filter(isRegion).map(field)}</SimpleGrid>
        <SimpleGrid cols={{ base: 3, sm: 6 }} spacing="xs">
          {rows.filter((row) => !isRegion(row)).map(field)}
        </SimpleGrid>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button onClick={submit} loading={save.isPending}>
            {t("Save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
