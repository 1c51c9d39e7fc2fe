import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Badge, Button, Card, Collapse, Group, Select, Stack, Table, Text, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCheck } from "@tabler/icons-react";
import { useState } from "react";
import type { FusedInstance, Fusion, FusionMethod, FusionParameters } from "@/api/types";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { LookLink } from "@/components/viewing/LookLink";
import { nameOf, sortLabels } from "@/domain/labels";
import { useConsensusActions } from "@/state/consensus";
import { formatDateTime, formatNumber } from "@/state/format";
import { slotName } from "./heatmap";
import { ChangesTable } from "./VersionChanges";

const METHOD_TITLES: Readonly<Record<FusionMethod, string>> = {
  majority: t("Majority"),
  weighted: t("Weighted majority"),
  staple: "STAPLE",
  sba: t("Shape-based averaging"),
};

export const METHOD_OPTIONS = (Object.keys(METHOD_TITLES) as FusionMethod[]).map((value) => ({
  value,
  label: METHOD_TITLES[value],
}));

const FLAG_WORDS: Readonly<Record<string, string>> = {
  name_tied: t("names tied"),
  name_disputed: t("name disputed"),
  name_invented: t("name set by order"),
  missing: t("not drawn by all"),
  half_missing: t("drawn by half"),
  minority_dropped: t("minority left out"),
  empty_result: t("empty result"),
  staple_volume: t("STAPLE differs by more than 10 %"),
  outline_left_out: t("an outline too large for this vertebra was left out"),
  too_large: t("result too large for this vertebra"),
  sizes_differ: t("outlines differ in size by more than a third"),
  methods_differ: t("ways of fusing differ by more than a third"),
  staple_not_converged: t("STAPLE did not converge"),
};

interface FusionListProps {
  readonly caseId: string;
  readonly fusions: readonly Fusion[];
  readonly mayChoose: boolean;
}

export function FusionList({ caseId, fusions, mayChoose }: FusionListProps) {
  if (fusions.length === 0) return <Text c="dimmed">{t("Nothing was fused yet.")}</Text>;
  return (
    <Stack gap="sm" data-testid="fusions">
      {fusions.map((fusion) => (
        <FusionCard key={fusion.id} caseId={caseId} fusion={fusion} fusions={fusions} mayChoose={mayChoose} />
      ))}
    </Stack>
  );
}

function parameterValue(key: string, value: FusionParameters[keyof FusionParameters]): string {
  if (key === "weights_on") return t("chosen {{value}}", { value: formatDateTime(String(value)) });
  if (Array.isArray(value)) return value.map((weight) => formatNumber(weight, 2)).join(", ");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([slot, why]) => `${slot} (${why.replaceAll("_", " ")})`)
      .join(", ");
  }
  return String(value);
}

const PARAMETER_NAMES: Readonly<Record<string, string>> = {
  weights: t("weights"),
  weights_on: t("weights"),
  left_out: t("left out"),
};

function parameterText(parameters: FusionParameters): string {
  return Object.entries(parameters)
    .filter(([key, value]) => key !== "weights_choice" && value !== null && JSON.stringify(value) !== "{}")
    .map(([key, value]) => `${PARAMETER_NAMES[key] ?? key.replaceAll("_", " ")} ${parameterValue(key, value)}`)
    .join(" · ");
}

function FusionCard({
  caseId,
  fusion,
  fusions,
  mayChoose,
}: {
  readonly caseId: string;
  readonly fusion: Fusion;
  readonly fusions: readonly Fusion[];
  readonly mayChoose: boolean;
}) {
  const [opened, { toggle }] = useDisclosure();
  const { choose } = useConsensusActions(caseId);
  const instances = Object.values(fusion.report.labels);
  const apart = instances.filter(({ flags }) => flags.includes("staple_volume"));
  const flagged = instances.filter(({ flags }) => flags.length > 0);
  const excluded = fusion.report.raters.filter((rater) => rater.excluded !== "");
  const title = METHOD_TITLES[fusion.method as FusionMethod] ?? fusion.method;
  const ask = () =>
    confirm({
      title: t("Let {{title}} stand?", { title }),
      body: t("Later stages start from this mask. The other fusions are kept and can be chosen again."),
      verb: t("Choose it"),
      onConfirm: () =>
        act(choose, fusion.id, {
          onSuccess: () => notifyDone(t("{{title}} stands.", { title })),
          onError: (error) => notifyFailure(error, t("It was not chosen")),
        }),
    });
  return (
    <Card padding="md" style={fusion.chosen ? { borderColor: "var(--mantine-primary-color-filled)" } : {}}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" className="acts-below">
        <div>
          <Group gap="xs">
            <Text fw={600}>{title}</Text>
            {fusion.chosen && (
              <Badge color="green" leftSection={<IconCheck size={12} />}>
                {t("Stands")}
              </Badge>
            )}
            {flagged.length > 0 && <Badge color="amber">{t("{{flagged}} flagged", { flagged: flagged.length })}</Badge>}
            {apart.length > 0 && (
              <Tooltip
                label={t("STAPLE's volume differs from the majority's by more than 10 %: an expert should look")}
              >
                <Badge color="red" data-testid="staple-flag">
                  {t("STAPLE apart: {{apart}}", { apart: apart.map(({ label }) => nameOf(label)).join(", ") })}
                </Badge>
              </Tooltip>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {formatDateTime(fusion.created_at)}
          </Text>
          <Text size="sm" c="dimmed">
            {parameterText(fusion.parameters)}
          </Text>
          <Provenance fusion={fusion} />
          {excluded.map(({ rater, excluded: reason }) => (
            <Text key={rater} size="sm" c="red">
              {t("{{rater}} was left out: {{reason}}", { rater: slotName(rater), reason: reason.replaceAll("_", " ") })}
            </Text>
          ))}
        </div>
        <Group gap="xs" wrap="nowrap">
          <LookLink caseId={caseId} place={{ version: fusion.result_id }} label={t("Look at {{title}}", { title })} />
          <Button variant="subtle" size="xs" onClick={toggle} aria-expanded={opened}>
            {opened ? t("Hide numbers") : t("Numbers")}
          </Button>
          {mayChoose && !fusion.chosen && (
            <Button variant="default" size="xs" onClick={ask} loading={choose.isPending}>
              {t("Choose")}
            </Button>
          )}
        </Group>
      </Group>
      <Collapse expanded={opened}>
        <FusionNumbers instances={fusion.report.labels} />
        <AgainstAnother caseId={caseId} fusion={fusion} others={fusions.filter(({ id }) => id !== fusion.id)} />
      </Collapse>
    </Card>
  );
}

/** What it was made from, so that it can be made again. */
function Provenance({ fusion }: { readonly fusion: Fusion }) {
  const { inputs, software } = fusion.provenance;
  return (
    <Text size="xs" c="dimmed">
      {t("{{inputs}} masks, {{software}}; nothing random", {
        inputs: inputs?.length ?? 0,
        software: software ?? t("unknown version"),
      })}
    </Text>
  );
}

/** This fusion held against another: what it adds and takes away, label by label. */
function AgainstAnother({
  caseId,
  fusion,
  others,
}: {
  readonly caseId: string;
  readonly fusion: Fusion;
  readonly others: readonly Fusion[];
}) {
  const [other, setOther] = useState<string | null>(null);
  if (others.length === 0) return null;
  const options = others.map(({ result_id: value, method, created_at: made }) => ({
    value,
    label: `${METHOD_TITLES[method as FusionMethod] ?? method}, ${formatDateTime(made)}`,
  }));
  return (
    <Stack gap="xs" mt="sm">
      <Select
        size="xs"
        label={t("Compare with")}
        placeholder={t("Another fusion")}
        data={options}
        value={other}
        onChange={setOther}
        data-testid="compare-fusion"
      />
      {other !== null && <ChangesTable caseId={caseId} before={other} after={fusion.result_id} />}
    </Stack>
  );
}

function FusionNumbers({ instances }: { readonly instances: Record<string, FusedInstance> }) {
  const labels = sortLabels(Object.keys(instances).map(Number));
  const rates = (values: readonly (number | null)[]) =>
    // a letter stays with its number where the line is broken
    values.map((value, index) => `${slotName(index)}\u00a0${formatNumber(value, 3)}`).join(", ");
  return (
    <Table.ScrollContainer minWidth={320} mt="sm">
      <Table verticalSpacing={4} fz="sm" className="tabular">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Vertebra")}</Table.Th>
            <Table.Th ta="right">{t("Voxels")}</Table.Th>
            <Table.Th ta="right">{t("Disputed")}</Table.Th>
            <Table.Th>{t("Expected Dice, flags")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {labels.map((label) => {
            const instance = instances[String(label)];
            if (instance === undefined) return null;
            return (
              <Table.Tr key={label}>
                <Table.Td fw={600}>{nameOf(label)}</Table.Td>
                <Table.Td ta="right">{formatNumber(instance.voxels)}</Table.Td>
                <Table.Td ta="right">{formatNumber(instance.disputed_voxels)}</Table.Td>
                <Table.Td>
                  {instance.expected_dice.length === 0 ? "–" : rates(instance.expected_dice)}
                  {instance.flags.length > 0 && (
                    <Text size="xs" c="dimmed">
                      {instance.flags.map((flag) => FLAG_WORDS[flag] ?? flag).join(", ")}
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
