import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Alert, Button, Card, Group, Modal, Progress, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconFlag, IconPlayerStop, IconSchool } from "@tabler/icons-react";
import { useState } from "react";
import type { ModelRegistry, Training } from "@/api/types";
import { JobBadge } from "@/components/common/badges";
import { confirm } from "@/components/common/confirm";
import { Message } from "@/components/common/Message";
import { notifyFailure } from "@/components/common/notify";
import { formatDuration, formatPercent, formatRelative } from "@/state/format";
import { useModelActions } from "@/state/models";
import { TrainingCurve } from "./charts";
import { countOf, curveOf, learnsOf, networksOf, SCORES, type Network } from "./outcome";
import { TrainingForm } from "./TrainingForm";
import { TrainingOutcome } from "./TrainingOutcome";

interface PanelProps {
  readonly slug: string;
  readonly registry: ModelRegistry;
}

/** Trainings, newest first, with their curves, and the form that starts another. */
export function TrainingPanel({ slug, registry }: PanelProps) {
  const [asking, setAsking] = useState(false);
  const busy = registry.trainings.some(({ state }) => state === "queued" || state === "running");
  const cases = registry.sources.reduce((most, source) => Math.max(most, source.cases), 0);
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text c="dimmed" size="sm" maw={640}>
          {t(
            "A training goes on from the current weights and learns from accepted masks. It makes a candidate; nothing changes for the raters until you promote it.",
          )}
        </Text>
        <Button
          leftSection={<IconSchool size={16} />}
          onClick={() => setAsking(true)}
          disabled={busy || cases === 0}
          data-testid="train"
        >
          {t("Train a model")}
        </Button>
      </Group>
      {cases === 0 && (
        <Alert color="gray" variant="light">
          {t("There is nothing to train on yet: accept some cases first.")}
        </Alert>
      )}
      {registry.trainings.length === 0 ? (
        <Message compact icon={<IconSchool />} title={t("No training yet")}>
          {t("Train as soon as a few corrected cases are accepted, then look whether raters have to change less.")}
        </Message>
      ) : (
        registry.trainings.map((training) => (
          <TrainingCard key={training.id} slug={slug} training={training} registry={registry} />
        ))
      )}
      <Modal opened={asking} onClose={() => setAsking(false)} title={t("Train a model")} size="lg">
        <TrainingForm slug={slug} registry={registry} onClose={() => setAsking(false)} />
      </Modal>
    </Stack>
  );
}

interface CardProps extends PanelProps {
  readonly training: Training;
}

function TrainingCard({ slug, training, registry }: CardProps) {
  const { stop, end } = useModelActions(slug);
  const active = training.state === "queued" || training.state === "running";
  const ask = () =>
    confirm({
      title: t("Stop this training?"),
      body: t("What it has learned so far is dropped."),
      verb: t("Stop"),
      danger: true,
      onConfirm: () =>
        act(stop, training.id, { onError: (error) => notifyFailure(error, t("The training was not stopped")) }),
    });
  const askForEnd = () =>
    confirm({
      title: t("End this training here?"),
      body: t("No further step is taken. What it has learned so far becomes a candidate like any other."),
      verb: t("End and keep"),
      onConfirm: () => act(end, training.id, { onError: (error) => notifyFailure(error, t("The training goes on")) }),
    });
  const ending = training.stopping || training.ending_early;
  return (
    <Card data-testid="training" data-state={training.state}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" className="acts-below">
        <div>
          <Group gap="xs">
            <Title order={3} size="h5">
              {training.name}
            </Title>
            <JobBadge state={training.state} />
          </Group>
          <Text size="sm" c="dimmed" className="tabular">
            {t(
              "{{networks}} · {{training_cases}} of {{training_patients}}, held out {{validation_cases}} of {{validation_patients}}",
              {
                networks: learnsOf(training.config.networks),
                training_cases: countOf(training.training_cases, "case"),
                training_patients: countOf(training.training_patients, "patient"),
                validation_cases: countOf(training.validation_cases, "case"),
                validation_patients: countOf(training.validation_patients, "patient"),
              },
            )}
            {training.undrawn_cases > 0 &&
              t(" · {{undrawn_cases}} that nobody has drawn", {
                undrawn_cases: countOf(training.undrawn_cases, "case"),
              })}
          </Text>
          <Text size="sm" c="dimmed" className="tabular">
            {t("{{steps}} steps · {{created_at}}", {
              steps: training.config.steps,
              created_at: formatRelative(training.created_at),
            })}
            {training.seconds !== null && t(" · took {{seconds}}", { seconds: formatDuration(training.seconds) })}
          </Text>
        </div>
        {active && (
          <Group gap="xs" wrap="nowrap">
            {training.curve.length > 1 && (
              <Button
                variant="default"
                size="xs"
                leftSection={<IconFlag size={14} />}
                onClick={askForEnd}
                loading={end.isPending}
                disabled={ending}
              >
                {training.ending_early ? t("Ending") : t("End and keep")}
              </Button>
            )}
            <Button
              variant="default"
              size="xs"
              leftSection={<IconPlayerStop size={14} />}
              onClick={ask}
              loading={stop.isPending}
              disabled={ending}
            >
              {training.stopping ? t("Stopping") : t("Stop")}
            </Button>
          </Group>
        )}
      </Group>
      {active && (
        <Progress
          value={100 * training.progress}
          mt="sm"
          aria-label={t("Training: {{progress}}", { progress: formatPercent(training.progress) })}
        />
      )}
      {training.error !== "" && (
        <Alert color="red" mt="sm" variant="light">
          {training.error}
        </Alert>
      )}
      <Curves training={training} />
      {training.state === "succeeded" && <TrainingOutcome slug={slug} training={training} registry={registry} />}
    </Card>
  );
}

/** The curve of each network that learns, one at a time: the last one that has begun, until another is chosen. */
function Curves({ training }: { readonly training: Training }) {
  const [chosen, choose] = useState<Network | null>(null);
  const networks = networksOf(training.curve);
  const last = networks.at(-1);
  if (training.curve.length < 2 || last === undefined) return null;
  const network = chosen ?? last;
  return (
    <Stack gap="xs" mt="sm">
      {networks.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label={t("Whose curve")}
          value={network}
          onChange={(value) => choose(networks.find((one) => one === value) ?? null)}
          data={networks.map((value) => ({ value, label: learnsOf([value]) }))}
          style={{ alignSelf: "flex-start" }}
        />
      )}
      <TrainingCurve
        curve={curveOf(training.curve, network)}
        steps={training.config.steps}
        score={SCORES[network]}
        withDice={network !== "label"}
      />
    </Stack>
  );
}
