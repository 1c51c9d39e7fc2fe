import { act } from "@/components/common/act";
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  NumberInput,
  Progress,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { useForm } from "@mantine/form";
import { IconInfoCircle } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { notifyFailure } from "@/components/common/notify";
import { useCreateRelease } from "@/state/releases";
import { fractionProblem, nextVersion, SPLIT_NAMES, SPLITS, toFractions } from "./fractions";

const LICENCES = ["CC-BY-SA-4.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC0-1.0"];
const SPLIT_COLORS = { training: "petrol.6", validation: "petrol.3", test: "amber.5" } as const;
const DEFAULT_TERMS = `The data may be used for research. Nobody may try to find out who the patients are.
Publications cite the data set and its version. The data may not be passed on other than under these terms.`;

interface NewReleaseFormProps {
  readonly slug: string;
  readonly accepted: number;
  readonly versions: readonly string[];
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function NewReleaseForm({ slug, accepted, versions, opened, onClose }: NewReleaseFormProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="New release" size="lg">
      {opened && <Form slug={slug} accepted={accepted} versions={versions} onClose={onClose} />}
    </Modal>
  );
}

function Form({ slug, accepted, versions, onClose }: Omit<NewReleaseFormProps, "opened">) {
  const create = useCreateRelease(slug);
  const navigate = useNavigate();
  const form = useForm({
    initialValues: {
      version: nextVersion(versions),
      title: "",
      notes: "",
      licence: "CC-BY-SA-4.0",
      terms: DEFAULT_TERMS,
      percents: { training: 50, validation: 25, test: 25 },
      seed: 0,
      embargo_until: null as string | null,
      open_test_images: false,
    },
    validate: {
      version: (value) =>
        value.trim() === "" ? "Needed" : versions.includes(value.trim()) ? "This version exists already" : null,
      title: (value) => (value.trim() === "" ? "Needed" : null),
      terms: (value) => (value.trim() === "" ? "Those who download must know what they agree to" : null),
    },
  });
  const { percents } = form.values;
  const problem = fractionProblem(percents);
  const submit = form.onSubmit(({ percents: shares, ...values }) => {
    if (problem !== null) return;
    act(
      create,
      { ...values, fractions: toFractions(shares) },
      {
        onSuccess: (release) => {
          onClose();
          void navigate({ to: "/releases/$id", params: { id: release.id } });
        },
        onError: (error) => notifyFailure(error, "The release was not made"),
      },
    );
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {accepted === 0 && (
          <Alert icon={<IconInfoCircle />} color="amber">
            No case is accepted yet, so there is nothing to put into a release.
          </Alert>
        )}
        <Group grow align="flex-start">
          <TextInput
            label="Title"
            placeholder="Thoracolumbar spine 2026"
            data-autofocus
            data-testid="release-title"
            {...form.getInputProps("title")}
          />
          <TextInput label="Version" maw={140} data-testid="release-version" {...form.getInputProps("version")} />
        </Group>
        <div>
          <Group grow align="flex-start">
            {SPLITS.map((split) => (
              <NumberInput
                key={split}
                label={SPLIT_NAMES[split]}
                suffix=" %"
                min={0}
                max={100}
                allowDecimal={false}
                {...form.getInputProps(`percents.${split}`)}
              />
            ))}
          </Group>
          <Progress.Root size="lg" mt="xs" aria-hidden="true">
            {SPLITS.map((split) => (
              <Progress.Section key={split} value={percents[split]} color={SPLIT_COLORS[split]} />
            ))}
          </Progress.Root>
          <Text size="sm" c={problem === null ? "dimmed" : "red"} mt={4} role={problem === null ? undefined : "alert"}>
            {problem ?? "Split by patient: all series of one patient stand in one part."}
          </Text>
        </div>
        <Group grow align="flex-start">
          <DateInput
            label="Test part is secret until"
            placeholder="No embargo"
            clearable
            valueFormat="D MMM YYYY"
            {...form.getInputProps("embargo_until")}
          />
          <Select label="Licence" data={LICENCES} allowDeselect={false} {...form.getInputProps("licence")} />
          <NumberInput label="Seed of the split" min={0} allowDecimal={false} {...form.getInputProps("seed")} />
        </Group>
        <Checkbox
          label="The images of the test part are public at once; only its masks and grades are secret"
          {...form.getInputProps("open_test_images", { type: "checkbox" })}
        />
        <Textarea label="Terms of use" autosize minRows={3} maxRows={10} {...form.getInputProps("terms")} />
        <Textarea label="Notes" placeholder="What is new" autosize minRows={2} {...form.getInputProps("notes")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={create.isPending}
            disabled={problem !== null || accepted === 0}
            data-testid="create-release"
          >
            Make the draft
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
