import { act } from "@/components/common/act";
import { Badge, Button, Group, Select, Stack, Table, Text, Tooltip } from "@mantine/core";
import { TextLink } from "@/components/common/links";
import { notifyFailure } from "@/components/common/notify";
import { type Phase, type SeriesDensity, useCalibrationActions } from "@/state/measurements";
import { CATEGORY_NAMES, exclusionName, PHASE_OPTIONS } from "./names";

interface DensityTableProps {
  readonly slug: string;
  readonly rows: readonly SeriesDensity[];
}

/** HU of the lumbar bodies of each series, and the bone density or what is missing for it. */
export function DensityTable({ slug, rows }: DensityTableProps) {
  const { statePhase, statePeriod } = useCalibrationActions(slug);
  const state = (seriesId: string, phase: Phase) =>
    act(statePhase, { seriesId, phase }, { onError: (error) => notifyFailure(error, "The phase was not kept") });
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing="xs" data-testid="bone-density">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Series</Table.Th>
            <Table.Th>Scanner</Table.Th>
            <Table.Th>Contrast phase</Table.Th>
            <Table.Th>Trabecular HU</Table.Th>
            <Table.Th>Bone density</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.series_id}>
              <Table.Td>
                <TextLink size="sm" style={{ whiteSpace: "nowrap" }} to="/cases/$id" params={{ id: row.case_id }}>
                  {row.pseudonym}
                </TextLink>
                <Text size="xs" c="dimmed">
                  series {row.number}
                </Text>
              </Table.Td>
              <Table.Td>
                {row.scanner === "" ? "not known" : row.scanner}
                <Text size="xs" c="dimmed">
                  {[row.kvp !== null && `${row.kvp} kVp`, row.kernel].filter(Boolean).join(", ")}
                </Text>
              </Table.Td>
              <Table.Td w={170}>
                <Select
                  size="xs"
                  aria-label={`Contrast phase of ${row.pseudonym}, series ${row.number}`}
                  placeholder="not known"
                  allowDeselect={false}
                  data={PHASE_OPTIONS}
                  value={row.phase}
                  onChange={(phase) => phase !== null && state(row.series_id, phase as Phase)}
                />
                {row.phase_from === null && row.phase_hint !== null && (
                  <Text size="xs" c="dimmed">
                    The header hints at {row.phase_hint.replace("_", " ")}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <Levels levels={row.levels} />
              </Table.Td>
              <Table.Td maw={280}>
                <Density
                  row={row}
                  onPeriod={(recordId, within) =>
                    act(
                      statePeriod,
                      { seriesId: row.series_id, recordId, within },
                      { onError: (error) => notifyFailure(error, "Not kept") },
                    )
                  }
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Levels({ levels }: { readonly levels: SeriesDensity["levels"] }) {
  if (levels.length === 0) return <Text c="dimmed">–</Text>;
  return (
    <Group gap={6}>
      {levels.map((level) => (
        <Tooltip
          key={level.label}
          label={`${level.adjusted_by === null ? "" : `region moved by ${level.adjusted_by}, measured ${level.automatic_mean?.toFixed(0) ?? "–"} HU; `}SD ${level.sd?.toFixed(0) ?? "–"} HU, ${(level.volume_mm3 / 1000).toFixed(1)} ml${level.excluded === "" ? "" : `; left out: ${exclusionName(level.excluded)}`}`}
        >
          <Badge
            variant={level.excluded === "" ? "light" : "outline"}
            color={level.excluded === "" ? "petrol" : "gray"}
            className="tabular"
          >
            {level.name} {level.mean.toFixed(0)}
          </Badge>
        </Tooltip>
      ))}
    </Group>
  );
}

interface DensityProps {
  readonly row: SeriesDensity;
  readonly onPeriod: (recordId: string, within: boolean) => void;
}

function Density({ row: { bmd, missing, unsure }, onPeriod }: DensityProps) {
  if (bmd === null) {
    return (
      <Stack gap={4}>
        <Text size="sm" c="dimmed">
          {missing?.text}
        </Text>
        {unsure.map((record) => (
          <Group key={record.id} gap={4}>
            <Text size="xs">
              {record.source}, {record.valid_from} to {record.valid_to ?? "today"}
            </Text>
            <Button size="compact-xs" variant="default" onClick={() => onPeriod(record.id, true)}>
              It held
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => onPeriod(record.id, false)}>
              It did not
            </Button>
          </Group>
        ))}
      </Stack>
    );
  }
  return (
    <Stack gap={2}>
      <Text className="tabular" fw={600}>
        {bmd.mg_cm3.toFixed(0)} ± {bmd.sd_mg_cm3.toFixed(0)} mg/cm³{" "}
        <Text span size="sm" c="dimmed" fw={400}>
          mean of {bmd.levels.join(", ")}
          {bmd.replaced && " (in place of L1 to L3)"}, SD {bmd.sd_between_levels.toFixed(0)} between them
        </Text>
      </Text>
      <Text size="sm">{CATEGORY_NAMES[bmd.category]}</Text>
      <Text size="xs" c="dimmed">
        {bmd.caveats.join("; ")}. Calibration: {bmd.calibration.source}, verified by {bmd.calibration.verified_by}.
      </Text>
    </Stack>
  );
}
