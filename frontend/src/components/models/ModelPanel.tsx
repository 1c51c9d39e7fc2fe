import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { act } from "@/components/common/act";
import { Alert, Badge, Button, Card, Code, Collapse, Group, Stack, Table, Text, Title, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowUp, IconCpu, IconScale } from "@tabler/icons-react";
import { useState } from "react";
import type { ModelComparison, ModelRegistry, ModelState, ModelVersion } from "@/api/types";
import { JobBadge } from "@/components/common/badges";
import { confirm } from "@/components/common/confirm";
import { Message } from "@/components/common/Message";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { formatBytes, formatDateTime, formatNumber } from "@/state/format";
import { useModelActions } from "@/state/models";
import { ComparisonPlot } from "./charts";
import { describeDifference } from "./difference";
import { usePromotion } from "./usePromotion";

const STATES: Record<ModelState, { readonly text: string; readonly color: string }> = {
  candidate: { text: t("Candidate"), color: "amber" },
  current: { text: t("Current"), color: "green" },
  retired: { text: t("Retired"), color: "gray" },
};

interface PanelProps {
  readonly slug: string;
  readonly registry: ModelRegistry;
}

/** The model in use, the others, and how they compare. */
export function ModelPanel({ slug, registry }: PanelProps) {
  const current = registry.models.find(({ id }) => id === registry.current) ?? null;
  return (
    <Stack gap="md">
      <InUse slug={slug} current={current} shipped={registry.shipped_version} />
      {registry.models.length === 0 ? (
        <Message compact icon={<IconCpu />} title={t("No model of this project's own yet")}>
          {t("Train one on accepted cases, or register a network that you have as an ONNX file.")}
        </Message>
      ) : (
        registry.models.map((model) => <ModelCard key={model.id} slug={slug} model={model} registry={registry} />)
      )}
    </Stack>
  );
}

interface InUseProps {
  readonly slug: string;
  readonly current: ModelVersion | null;
  readonly shipped: string;
}

function InUse({ slug, current, shipped }: InUseProps) {
  const { rollBack } = useModelActions(slug);
  const ask = () =>
    confirm({
      title: t("Go back to the model before?"),
      body: t("New runs will use it. Masks that were made stay as they are and still name their model."),
      verb: t("Roll back"),
      onConfirm: () =>
        act(rollBack, undefined, {
          onSuccess: () => notifyDone(t("The model before is in use again.")),
          onError: (error) => notifyFailure(error, t("Not rolled back")),
        }),
    });
  return (
    <Card data-testid="model-in-use">
      <Group justify="space-between">
        <div>
          <Text size="xs" c="dimmed" tt="uppercase" fw={600}>
            {t("In use for new runs")}
          </Text>
          <Title order={2} size="h4">
            {current === null
              ? t("The weights that ship, version {{shipped}}", { shipped: shipped || t("unknown") })
              : `${current.number}: ${current.name}`}
          </Title>
          {current !== null && (
            <Text size="sm" c="dimmed">
              {t("since {{promoted_at}}", { promoted_at: formatDateTime(current.promoted_at) })}
            </Text>
          )}
        </div>
        {current !== null && (
          <Button
            variant="default"
            leftSection={<IconArrowBackUp size={16} />}
            onClick={ask}
            loading={rollBack.isPending}
          >
            {t("Roll back")}
          </Button>
        )}
      </Group>
    </Card>
  );
}

interface ModelCardProps extends PanelProps {
  readonly model: ModelVersion;
}

function ModelCard({ slug, model, registry }: ModelCardProps) {
  const [open, setOpen] = useState(model.state === "candidate");
  const latest = model.comparisons[0];
  const parent = registry.models.find(({ id }) => id === model.parent);
  return (
    <Card data-testid="model" data-state={model.state}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="xs">
            <Title order={3} size="h5">
              {model.number}: {model.name}
            </Title>
            <Badge color={STATES[model.state].color}>{STATES[model.state].text}</Badge>
            {model.framework === "onnx" && <Badge color="indigo">ONNX</Badge>}
          </Group>
          <Text size="sm" c="dimmed" className="tabular">
            {model.training_cases > 0
              ? t("trained on {{training_cases}} cases, from {{parent}}", {
                  training_cases: model.training_cases,
                  parent: parent === undefined ? t("the weights that ship") : `${parent.number}: ${parent.name}`,
                })
              : t("registered")}{" "}
            · {formatDateTime(model.created_at)} · {formatBytes(model.size_bytes)}
          </Text>
          <Tooltip label={model.digest}>
            <Text size="xs" c="dimmed">
              <Rich
                text="digest <1>{{digest}}</1>"
                values={{ digest: model.digest.slice(0, 12) }}
                parts={[(inner) => <Code>{inner}</Code>]}
              />
            </Text>
          </Tooltip>
        </div>
        <ModelActions slug={slug} model={model} />
      </Group>
      {latest !== undefined && (
        <>
          <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => setOpen(!open)} aria-expanded={open}>
            {open ? t("Hide the comparison") : t("Show the comparison")}
          </Button>
          <Collapse expanded={open}>
            <Comparison comparison={latest} registry={registry} />
          </Collapse>
        </>
      )}
    </Card>
  );
}

function ModelActions({ slug, model }: { readonly slug: string; readonly model: ModelVersion }) {
  const { compare } = useModelActions(slug);
  const { ask, pending } = usePromotion(slug);
  if (model.state === "current") return null;
  const again = () =>
    act(compare, model.id, { onError: (error) => notifyFailure(error, t("The comparison was not started")) });
  return (
    <Group gap="xs">
      <Button
        variant="default"
        size="xs"
        leftSection={<IconScale size={14} />}
        onClick={again}
        loading={compare.isPending}
      >
        {t("Compare")}
      </Button>
      <Tooltip label={t("Compare it with the model in use first")} disabled={model.comparable}>
        <Button
          size="xs"
          leftSection={<IconArrowUp size={14} />}
          onClick={() => ask(model)}
          disabled={!model.comparable}
          loading={pending}
          data-testid="promote"
        >
          {t("Promote")}
        </Button>
      </Tooltip>
    </Group>
  );
}

interface ComparisonProps {
  readonly comparison: ModelComparison;
  readonly registry: ModelRegistry;
}

function Comparison({ comparison, registry }: ComparisonProps) {
  const { summary, rows, state, error } = comparison;
  const against = registry.models.find(({ id }) => id === comparison.against);
  const name = against === undefined ? t("the weights that ship") : `${against.number}: ${against.name}`;
  if (state !== "succeeded" || summary === null) {
    return (
      <Group gap="xs" mt="sm">
        <JobBadge state={state} />
        <Text size="sm">
          {error === "" ? t("Comparing with {{name}} on {{cases}} cases", { name, cases: comparison.cases }) : error}
        </Text>
      </Group>
    );
  }
  if (rows.length === 0) {
    return (
      <Alert color="amber" variant="light" mt="sm">
        {t("None of the cases holds a whole vertebra: nothing could be measured.")}
      </Alert>
    );
  }
  return (
    <Stack gap="xs" mt="sm">
      <Text size="sm">{describeDifference(summary)}</Text>
      <Table.ScrollContainer minWidth={300}>
        <Table verticalSpacing={4} maw={520} aria-label={t("Comparison")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Mean Dice")}</Table.Th>
              <Table.Th ta="right">{t("This model")}</Table.Th>
              <Table.Th ta="right">{name}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <Table.Tr>
              <Table.Td>
                {t("{{vertebrae}} vertebrae of {{patients}} patients", {
                  vertebrae: summary.vertebrae,
                  patients: summary.patients,
                })}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {formatNumber(summary.candidate, 3)}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {formatNumber(summary.against, 3)}
              </Table.Td>
            </Table.Tr>
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <ComparisonPlot rows={rows} />
    </Stack>
  );
}
