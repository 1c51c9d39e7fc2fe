import { decimal, t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
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
    act(statePhase, { seriesId, phase }, { onError: (error) => notifyFailure(error, t("The phase was not kept")) });
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing="xs" data-testid="bone-density">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Series")}</Table.Th>
            <Table.Th>{t("Scanner")}</Table.Th>
            <Table.Th>{t("Contrast phase")}</Table.Th>
            <Table.Th>{t("Trabecular HU")}</Table.Th>
            <Table.Th>{t("Bone density")}</Table.Th>
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
                  {t("series {{number}}", { number: row.number })}
                </Text>
              </Table.Td>
              <Table.Td>
                {row.scanner === "" ? t("not known") : row.scanner}
                <Text size="xs" c="dimmed">
                  {[row.kvp !== null && t("{{kvp}} kVp", { kvp: row.kvp }), row.kernel].filter(Boolean).join(", ")}
                </Text>
              </Table.Td>
              <Table.Td w={170}>
                <Select
                  size="xs"
                  aria-label={t("Contrast phase of {{pseudonym}}, series {{number}}", {
                    pseudonym: row.pseudonym,
                    number: row.number,
                  })}
                  placeholder={t("not known")}
                  allowDeselect={false}
                  data={PHASE_OPTIONS}
                  value={row.phase}
                  onChange={(phase) => phase !== null && state(row.series_id, phase as Phase)}
                />
                {row.phase_from === null && row.phase_hint !== null && (
                  <Text size="xs" c="dimmed">
                    {t("The header hints at {{phase_hint}}", { phase_hint: row.phase_hint.replace("_", " ") })}
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
                      { onError: (error) => notifyFailure(error, t("Not kept")) },
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
          label={t("{{adjusted_by}}SD {{sd}} HU, {{volume_mm3}} ml{{excluded}}", {
            adjusted_by:
              level.adjusted_by === null
                ? ""
                : t("region moved by {{adjusted_by}}, measured {{automatic_mean}} HU; ", {
                    adjusted_by: level.adjusted_by,
                    automatic_mean: decimal(level.automatic_mean?.toFixed(0)) ?? "–",
                  }),
            sd: decimal(level.sd?.toFixed(0)) ?? "–",
            volume_mm3: decimal((level.volume_mm3 / 1000).toFixed(1)),
            excluded:
              level.excluded === "" ? "" : t("; left out: {{excluded}}", { excluded: exclusionName(level.excluded) }),
          })}
        >
          <Badge
            variant={level.excluded === "" ? "light" : "outline"}
            color={level.excluded === "" ? "petrol" : "gray"}
            className="tabular"
          >
            {level.name} {decimal(level.mean.toFixed(0))}
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
              {t("{{source}}, {{valid_from}} to {{valid_to}}", {
                source: record.source,
                valid_from: record.valid_from,
                valid_to: record.valid_to ?? t("today"),
              })}
            </Text>
            <Button size="compact-xs" variant="default" onClick={() => onPeriod(record.id, true)}>
              {t("It held")}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => onPeriod(record.id, false)}>
              {t("It did not")}
            </Button>
          </Group>
        ))}
      </Stack>
    );
  }
  return (
    <Stack gap={2}>
      <Text className="tabular" fw={600}>
        {t("{{mg_cm3}} ± {{sd_mg_cm3}} mg/cm³", {
          mg_cm3: decimal(bmd.mg_cm3.toFixed(0)),
          sd_mg_cm3: decimal(bmd.sd_mg_cm3.toFixed(0)),
        })}{" "}
        <Text span size="sm" c="dimmed" fw={400}>
          <Rich
            text="mean of {{levels}}<1/>, SD {{sd_between_levels}} between them"
            values={{ levels: bmd.levels.join(", "), sd_between_levels: decimal(bmd.sd_between_levels.toFixed(0)) }}
            parts={[bmd.replaced && t(" (in place of L1 to L3)")]}
          />
        </Text>
      </Text>
      <Text size="sm">{CATEGORY_NAMES[bmd.category]}</Text>
      <Text size="xs" c="dimmed">
        {t("{{caveats}}. Calibration: {{source}}, verified by {{verified_by}}.", {
          caveats: bmd.caveats.join("; "),
          source: bmd.calibration.source,
          verified_by: bmd.calibration.verified_by,
        })}
      </Text>
    </Stack>
  );
}
