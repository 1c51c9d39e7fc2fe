import { Button, Checkbox, Group, NumberInput, Select, Slider, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { t } from "@/i18n";
import type { ModelRegistry } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useModelActions } from "@/state/models";
import { EXPLAINED, LEARNS, NETWORKS, type Network } from "./outcome";

const LEARNING_RATES = [
  { value: "0.0001", label: t("Careful (0.0001)") },
  { value: "0.0003", label: t("Usual (0.0003)") },
  { value: "0.001", label: t("Fast (0.001)") },
];

interface FormProps {
  readonly slug: string;
  readonly registry: ModelRegistry;
  readonly onClose: () => void;
}

/** What a training learns, from which cases, and for how long. */
export function TrainingForm({ slug, registry, onClose }: FormProps) {
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
      networks: ["segment"] as Network[],
      undrawn: false,
      processor_only: false,
    },
    validate: {
      name: (value) => (value.trim() === "" ? t("Give it a name") : null),
      source: (value) => (value === "" ? t("Choose what to train on") : null),
      networks: (value) => (value.length === 0 ? t("Choose what should learn") : null),
      steps: (value) => (value >= 1 && value <= 20_000 ? null : t("From 1 to 20000")),
    },
  });
  const submit = form.onSubmit(
    ({ name, source, networks: [first, ...rest], learning_rate, synthetic_share, ...others }) => {
      if (first === undefined) return;
      const slash = source.indexOf("/");
      act(
        train,
        {
          name: name.trim(),
          source: source.slice(0, slash),
          reference: source.slice(slash + 1),
          networks: [first, ...rest],
          ...others,
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
    },
  );
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
        <Checkbox.Group
          label={t("What should learn")}
          description={t("One after the other. Each is kept only where it does better on the held-out patients.")}
          {...form.getInputProps("networks")}
        >
          <Stack gap={6} mt={6}>
            {NETWORKS.map((network) => (
              <Checkbox key={network} value={network} label={LEARNS[network]} description={EXPLAINED[network]} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Checkbox
          label={t("Also learn from cases that nobody has drawn yet")}
          description={t(
            "The engine draws them; those are kept that are plausible and the same to two looks and two models. Never cases of a test part, of validation patients, or such as measure raters. Takes about twice as long.",
          )}
          {...form.getInputProps("undrawn", { type: "checkbox" })}
        />
        <NumberInput
          label={t("Steps for each")}
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
        <Checkbox
          label={t("On the processor only")}
          description={t("Not on a graphics card, even where the site has one")}
          {...form.getInputProps("processor_only", { type: "checkbox" })}
        />
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
