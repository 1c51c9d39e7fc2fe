import { decimal, t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Group, Modal, NumberInput, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { RaterWeights } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import type { NumbersTable } from "@/components/reports/ReportCard";
import { formatDateTime } from "@/state/format";
import { useChooseWeights } from "@/state/quality";

type Row = RaterWeights["proposals"][number]["rows"][number];

const BASIS_NAMES: Readonly<Record<string, string>> = {
  gold: t("Gold cases (Dice with the known answer)"),
  final: t("Accepted masks (Dice)"),
  staple: t("STAPLE (expected Dice)"),
  manual: t("By hand"),
};

/** Every choice on record, the standing one first. */
export function weightNumbers({ stored }: RaterWeights): NumbersTable {
  const rows = stored.flatMap((choice) => choice.rows.map((row) => ({ choice, row })));
  return {
    fileName: "rater-weights.csv",
    csvHeader: [
      "chosen_at",
      "chosen_by",
      "basis",
      "note",
      "stands",
      "rater",
      "weight",
      "evidence",
      "cases",
      "left_out_because",
    ],
    csvRows: rows.map(({ choice, row }) => [
      choice.chosen_at,
      choice.chosen_by,
      choice.basis,
      choice.note,
      choice.current ? "yes" : "no",
      row.user.name,
      row.weight,
      row.evidence,
      row.cases,
      row.why,
    ]),
    header: [t("Chosen"), t("By"), t("From"), t("Rater"), t("Weight"), t("Evidence (cases)"), t("Left out because")],
    rows: rows.map(({ choice, row }) => [
      `${formatDateTime(choice.chosen_at)}${choice.current ? " (stands)" : ""}`,
      choice.chosen_by,
      BASIS_NAMES[choice.basis] ?? choice.basis,
      row.user.name,
      decimal(row.weight.toFixed(2)),
      row.evidence === null ? "–" : `${decimal(row.evidence.toFixed(3))} (${row.cases})`,
      row.why,
    ]),
  };
}

interface WeightsPanelProps {
  readonly slug: string;
  readonly weights: RaterWeights;
}

/** How much each rater counts in weighted fusion: the standing choice, and a new one from the evidence. */
export function WeightsPanel({ slug, weights: { stored, proposals } }: WeightsPanelProps) {
  const [open, setOpen] = useState(false);
  const standing = stored.find(({ current }) => current);
  return (
    <Stack gap="sm">
      {standing === undefined ? (
        <Text c="dimmed">{t("No weights were chosen: in weighted fusion all raters count alike.")}</Text>
      ) : (
        <>
          <Text size="sm">
            {t("{{basis}}, chosen by {{chosen_by}} on {{chosen_at}}", {
              basis: BASIS_NAMES[standing.basis] ?? standing.basis,
              chosen_by: standing.chosen_by,
              chosen_at: formatDateTime(standing.chosen_at),
            })}
            {standing.note !== "" && `: ${standing.note}`}
          </Text>
          <WeightTable rows={standing.rows} />
        </>
      )}
      <Group>
        <Button
          size="xs"
          variant="default"
          disabled={proposals.length === 0}
          onClick={() => setOpen(true)}
          data-testid="choose-weights"
        >
          {t("Choose weights…")}
        </Button>
        {proposals.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("There is no evidence yet: no gold case, no comparison, no accepted case.")}
          </Text>
        )}
        {stored.length > 1 && (
          <Text size="sm" c="dimmed">
            {t("{{stored}} former {{stored2}} kept on record", {
              stored: stored.length - 1,
              stored2: stored.length === 2 ? t("choice") : t("choices"),
            })}
          </Text>
        )}
      </Group>
      {open && <WeightsModal slug={slug} proposals={proposals} onClose={() => setOpen(false)} />}
    </Stack>
  );
}

function WeightTable({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table verticalSpacing={6} data-testid="standing-weights">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Rater")}</Table.Th>
            <Table.Th ta="right">{t("Weight")}</Table.Th>
            <Table.Th ta="right">{t("Figure (cases)")}</Table.Th>
            <Table.Th>{t("Left out because")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ user, weight, why, evidence, cases }) => (
            <Table.Tr key={user.id}>
              <Table.Td>{user.name}</Table.Td>
              <Table.Td ta="right" className="tabular">
                {decimal(weight.toFixed(2))}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {evidence === null ? "–" : `${decimal(evidence.toFixed(3))} (${cases})`}
              </Table.Td>
              <Table.Td>{why}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface WeightsModalProps {
  readonly slug: string;
  readonly proposals: RaterWeights["proposals"];
  readonly onClose: () => void;
}

function WeightsModal({ slug, proposals, onClose }: WeightsModalProps) {
  const choose = useChooseWeights(slug);
  const [basis, setBasis] = useState(proposals[0]?.basis ?? "manual");
  const [rows, setRows] = useState<readonly Row[]>(proposals[0]?.rows ?? []);
  const [note, setNote] = useState("");
  const proposal = proposals.find((one) => one.basis === basis);
  const changed = proposal !== undefined && rows !== proposal.rows;
  const change = (id: string, changes: Partial<Row>) =>
    setRows(rows.map((row) => (row.user.id === id ? { ...row, ...changes } : row)));
  const take = (value: string | null) => {
    const next = proposals.find((one) => one.basis === value);
    if (next === undefined) return;
    setBasis(next.basis);
    setRows(next.rows);
  };
  const submit = () =>
    act(
      choose,
      {
        basis: changed ? "manual" : basis,
        note,
        rows: rows.map(({ user, weight, why }) => ({ user_id: user.id, weight, why })),
      },
      {
        onSuccess: () => {
          notifyDone(t("These weights hold for fusions from now on."));
          onClose();
        },
        onError: (error) => notifyFailure(error, t("Not chosen")),
      },
    );
  return (
    <Modal opened onClose={onClose} size="xl" title={t("Weights of the raters")}>
      <Stack>
        <Select
          label={t("Taken from")}
          allowDeselect={false}
          data={proposals.map((one) => ({ value: one.basis, label: BASIS_NAMES[one.basis] ?? one.basis }))}
          value={basis}
          onChange={take}
        />
        <Text size="sm" c="dimmed">
          {t(
            "A weight is the log-odds of that figure, scaled to a mean of 1. Who is left out has a reason. Masks are fused anew only when you ask for it.",
          )}
        </Text>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Rater")}</Table.Th>
              <Table.Th w={120}>{t("Weight")}</Table.Th>
              <Table.Th>{t("Left out because")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.user.id}>
                <Table.Td>{row.user.name}</Table.Td>
                <Table.Td>
                  <NumberInput
                    aria-label={t("Weight of {{name}}", { name: row.user.name })}
                    size="xs"
                    min={0}
                    step={0.1}
                    decimalScale={3}
                    value={row.weight}
                    onChange={(value) => change(row.user.id, { weight: Number(value) || 0 })}
                  />
                </Table.Td>
                <Table.Td>
                  <TextInput
                    aria-label={t("Why {{name}} is left out", { name: row.user.name })}
                    size="xs"
                    placeholder={t("Counts")}
                    value={row.why}
                    onChange={(event) => change(row.user.id, { why: event.currentTarget.value })}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <TextInput label={t("Note")} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button onClick={submit} loading={choose.isPending} data-testid="confirm-weights">
            {t("Let them hold from now on")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
