import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { ActionIcon, Alert, Badge, Button, Group, Select, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconRestore, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { RunCentres } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState, RowsSkeleton } from "@/components/common/QueryState";
import { ANATOMICAL_ORDER, nameOf } from "@/domain/labels";
import { formatNumber } from "@/state/format";
import { useRunActions, useRunCentres } from "@/state/pipeline";
import { CentrePictures } from "./CentrePictures";
import { changesOf, doubled, entriesOf, renamedBy, type Row, rowsOf, shifted, withAdded } from "./centres";

interface EditorProps {
  readonly slug: string;
  readonly runId: string;
  readonly volumeId: string;
  readonly onClose: () => void;
}

/** Moves, renames, adds and removes the vertebrae that an engine found. */
export function CentresEditor({ slug, runId, volumeId, onClose }: EditorProps) {
  return (
    <QueryState query={useRunCentres(runId, true)} skeleton={<RowsSkeleton count={5} />}>
      {(centres) => <Editor {...{ slug, runId, volumeId, onClose, centres }} />}
    </QueryState>
  );
}

const LEVEL_OPTIONS = ANATOMICAL_ORDER.map(({ label, name }) => ({ value: String(label), label: name }));
const DOUBTFUL = 0.5;

function Editor({ slug, runId, volumeId, onClose, centres }: EditorProps & { readonly centres: RunCentres }) {
  const [rows, setRows] = useState<readonly Row[]>(() => rowsOf(centres));
  const [added, setAdded] = useState(0);
  const { correct } = useRunActions(slug);
  const changes = changesOf(rows, centres);
  const twice = doubled(rows);
  const nothing = changes.renamed + changes.segmented + changes.removed === 0;
  const change = (key: string, next: Partial<Row>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...next } : row)));
  const shift = (by: 1 | -1) => {
    const next = shifted(rows, by);
    if (next !== null) setRows(next);
  };
  const add = () => {
    const next = withAdded(rows, `new-${added}`, centres.shape);
    if (next === null) return;
    setAdded(added + 1);
    setRows(next);
  };
  const remove = (key: string) => setRows(rows.filter((row) => row.key !== key));
  const send = () =>
    act(
      correct,
      { id: runId, centres: entriesOf(rows, centres) },
      {
        onSuccess: () => {
          notifyDone(t("The correction is in the queue. It adds a mask version; the one before stays."));
          onClose();
        },
        onError: (error) => notifyFailure(error, t("Not corrected")),
      },
    );
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t(
          "Drag a centre to the middle of its vertebral body, in both pictures. With a centre in focus, arrow keys move it by a millimetre, plus and minus name it a level lower or higher, Delete takes it out. A new name changes numbers only; what is moved or added is segmented again, everything else stays voxel for voxel.",
        )}
      </Text>
      {!centres.can_segment && (
        <Alert color="amber" variant="light">
          {t(
            "This engine cannot segment single vertebrae again: levels can be renamed and removed, centres cannot be moved.",
          )}
        </Alert>
      )}
      <Group gap="xs">
        <Button
          variant="default"
          size="xs"
          leftSection={<IconArrowUp size={14} />}
          onClick={() => shift(-1)}
          disabled={shifted(rows, -1) === null}
        >
          {t("All one level up")}
        </Button>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconArrowDown size={14} />}
          onClick={() => shift(1)}
          disabled={shifted(rows, 1) === null}
        >
          {t("All one level down")}
        </Button>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} />}
          onClick={add}
          disabled={!centres.can_segment}
        >
          {t("Add a vertebra")}
        </Button>
        <Button
          variant="subtle"
          size="xs"
          leftSection={<IconRestore size={14} />}
          onClick={() => setRows(rowsOf(centres))}
        >
          {t("Start over")}
        </Button>
      </Group>
      <CentrePictures
        volumeId={volumeId}
        rows={rows}
        movable={centres.can_segment}
        onMove={(key, voxel) => change(key, { voxel })}
        onRename={(key, by) => setRows(renamedBy(rows, key, by))}
        onRemove={remove}
      />
      <Table verticalSpacing={4} aria-label={t("Vertebrae")} data-testid="centres">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Level")}</Table.Th>
            <Table.Th>
              <Tooltip label={t("The engine's doubt in bits per voxel; above 0.5 look closely")}>
                <span>{t("Doubt")}</span>
              </Tooltip>
            </Table.Th>
            <Table.Th>
              <span className="visually-hidden">{t("Remove")}</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <CentreRow
              key={row.key}
              row={row}
              onChange={(next) => change(row.key, next)}
              onRemove={() => remove(row.key)}
            />
          ))}
        </Table.Tbody>
      </Table>
      {twice !== null && (
        <Alert color="red" variant="light">
          {t("{{twice}} is there twice: give one of them another level.", { twice })}
        </Alert>
      )}
      <Group justify="space-between">
        <Text size="sm" aria-live="polite">
          {nothing
            ? t("Nothing changed yet.")
            : t("{{renamed}} renamed, {{segmented}} to segment again, {{removed}} removed.", {
                renamed: changes.renamed,
                segmented: changes.segmented,
                removed: changes.removed,
              })}
        </Text>
        <Group gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button
            onClick={send}
            disabled={nothing || twice !== null}
            loading={correct.isPending}
            data-testid="send-correction"
          >
            {t("Correct")}
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}

interface CentreRowProps {
  readonly row: Row;
  readonly onChange: (next: Partial<Row>) => void;
  readonly onRemove: () => void;
}

function CentreRow({ row, onChange, onRemove }: CentreRowProps) {
  const name = nameOf(row.label);
  return (
    <Table.Tr>
      <Table.Td w={170}>
        <Group gap={6} wrap="nowrap">
          <Select
            size="xs"
            w={90}
            aria-label={
              row.was === null
                ? t("Level of the new vertebra")
                : t("Level of what was {{was}}", { was: nameOf(row.was) })
            }
            data={LEVEL_OPTIONS}
            value={String(row.label)}
            allowDeselect={false}
            searchable
            onChange={(value) => value !== null && onChange({ label: Number(value) })}
          />
          {row.was === null ? (
            <Badge color="green">{t("new")}</Badge>
          ) : (
            row.was !== row.label && <Badge color="gray">{t("was {{was}}", { was: nameOf(row.was) })}</Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td className="tabular">
        {row.uncertainty === null ? (
          <Text size="sm" c="dimmed">
            –
          </Text>
        ) : (
          <Text size="sm" {...(row.uncertainty > DOUBTFUL && { c: "red", fw: 600 })}>
            {formatNumber(row.uncertainty, 2)}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">
        <Tooltip label={t("Remove {{name}}", { name })}>
          <ActionIcon variant="subtle" color="red" aria-label={t("Remove {{name}}", { name })} onClick={onRemove}>
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
      </Table.Td>
    </Table.Tr>
  );
}
