import { t } from "@/i18n";
import { act } from "@/components/common/act";
import {
  Alert,
  Button,
  Card,
  Group,
  Modal,
  NumberInput,
  Progress,
  Select,
  Slider,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconFlag, IconPlayerStop, IconSchool } from "@tabler/icons-react";
import { useState } from "react";
import type { ModelRegistry, Training } from "@/api/types";
import { JobBadge } from "@/components/common/badges";
import { confirm } from "@/components/common/confirm";
import { Message } from "@/components/common/Message";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { formatDuration, formatPercent, formatRelative } from "@/state/format";
import { useModelActions } from "@/state/models";
import { TrainingCurve } from "./charts";

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
        registry.trainings.map((training) => <TrainingCard key={training.id} slug={slug} training={training} />)
      )}
      <Modal opened={asking} onClose={() => setAsking(false)} title={t("Train a model")} size="lg">
        <TrainingForm slug={slug} registry={registry} onClose={() => setAsking(false)} />
      </Modal>
    </Stack>
  );
}

function TrainingCard({ slug, training }: { readonly slug: string; readonly training: Training }) {
  const { stop, end } = useModelActions(slug);
  const active = training.state === "queued" || training.state === "running";
  const { steps } = training.config;
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
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Group gap="xs">
            <Title order={3} size="h5">
              {training.name}
            </Title>
            <JobBadge state={training.state} />
          </Group>
          <Text size="sm" c="dimmed" className="tabular">
            {t(
              "{{training_cases}} {{training_cases2}} to train on, {{validation_cases}} to validate · {{steps}} steps · {{created_at}}",
              {
                training_cases: training.training_cases,
                training_cases2: training.training_cases === 1 ? t("case") : t("cases"),
                validation_cases: training.validation_cases,
                steps,
                created_at: formatRelative(training.created_at),
              },
            )}
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
      {training.curve.length > 1 && <TrainingCurve curve={training.curve} steps={steps} />}
    </Card>
  );
}

const LEARNING_RATES = [
  { value: "0.0001", label: t("Careful (0.0001)") },
  { value: "0.0003", label: t("Usual (0.0003)") },
  { value: "0.001", label: t("Fast (0.001)") },
];

function TrainingForm({ slug, registry, onClose }: PanelProps & { readonly onClose: () => void }) {
  const { train } = useModelActions(slug);
  const sources = registry.sources
    .filter((source) => source.cases > 0)
    .map((source) => ({
      value: `${source.kind}/${source.reference}`,
      label: `${source.title}: ${source.cases} ${source.cases === 1 ? t("case") : t("cases")}`,
    }));
  const form = useForm({
    initialValues: {
      name: t("Model {{models}}", { models: registry.models.length + 1 }),
      source: sources[0]?.value ?? "",
      steps: 400,
      learning_rate: "0.0003",
      synthetic_share: 30,
    },
    validate: {
      name: (value) => (value.trim() === "" ? t("Give it a name") : null),
      source: (value) => (value === "" ? t("Choose what to train on") : null),
      steps: (value) => (value >= 1 && value <= 20_000 ? null : t("From 1 to 20000")),
    },
  });
  const submit = form.onSubmit(({ name, source, steps, learning_rate, synthetic_share }) => {
    const slash = source.indexOf("/");
    act(
      train,
      {
        name: name.trim(),
        source: source.slice(0, slash),
        reference: source.slice(slash + 1),
        steps,
        learning_rate: Number(learning_rate),
        synthetic_share: synthetic_share / 100,
        seed: 1,
      },
      {
        onSuccess: () => {
          notifyDone(t("The training starts as soon as a worker is free."));
          onClose();
        },
        onError: (error) => notifyFailure(error, t("The training was not started")),
      },
    );
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput label={t("Name")} data-autofocus {...form.getInputProps("name")} />
        <Select
          label={t("Train on")}
          description={t(
            "A fifth of the patients is kept for validation, always the same ones. A release's test split is never used.",
          )}
          data={sources}
          allowDeselect={false}
          {...form.getInputProps("source")}
        />
        <NumberInput
          label={t("Steps")}
          description={t("A few seconds each on a processor")}
          min={1}
          max={20_000}
          step={100}
          {...form.getInputProps("steps")}
        />
        <Select
          label={t("Learning rate")}
          data={LEARNING_RATES}
          allowDeselect={false}
          {...form.getInputProps("learning_rate")}
        />
        <div>
          <Text size="sm" fw={500} id="synthetic-share">
            {t("Synthetic scenes among the samples: {{synthetic_share}} %", {
              synthetic_share: form.values.synthetic_share,
            })}
          </Text>
          <Text size="xs" c="dimmed" mb={6}>
            {t("They keep the model from forgetting what your cases do not show.")}
          </Text>
          <Slider
            min={0}
            max={90}
            step={10}
            thumbProps={{ "aria-labelledby": "synthetic-share" }}
            {...form.getInputProps("synthetic_share")}
          />
        </div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button type="submit" loading={train.isPending} data-testid="start-training">
            {t("Start training")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
