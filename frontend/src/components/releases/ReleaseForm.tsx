import { t } from "@/i18n";
import { act } from "@/components/common/act";
import {
  Alert,
  Button,
  Checkbox,
  Fieldset,
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
import type { ReleaseDetail, Split } from "@/api/types";
import { useDraftRelease } from "@/state/releases";
import { fromLines, toLines } from "./authors";
import { DatasheetFields, NOTHING_SAID } from "./DatasheetFields";
import { NO_RULES } from "./planWords";
import { RaterFields } from "./RaterFields";
import { RuleFields } from "./RuleFields";
import { fractionProblem, nextVersion, SPLIT_NAMES, SPLITS, toFractions } from "./fractions";

const DOI = /^10\.\d{4,9}\/\S+$/;

const LICENCES = ["CC-BY-SA-4.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC0-1.0"];
const SPLIT_COLORS = { training: "petrol.6", validation: "petrol.3", test: "amber.5" } as const;
const DEFAULT_TERMS = t(
  "The data may be used for research. Nobody may try to find out who the patients are.\nPublications cite the data set and its version. The data may not be passed on other than under these terms.",
);

interface ReleaseFormProps {
  readonly slug: string;
  /** Accepted cases of the project: without one there is nothing to release. */
  readonly accepted: number;
  /** Those that are taken. */
  readonly versions: readonly string[];
  /** The draft to change; without one, a new release is drafted. */
  readonly draft?: ReleaseDetail;
  readonly onClose: () => void;
}

export function ReleaseForm({ opened, ...props }: ReleaseFormProps & { readonly opened: boolean }) {
  const title = props.draft ? t("Change the draft") : t("New release");
  return (
    <Modal opened={opened} onClose={props.onClose} title={title} size="lg">
      {opened && <Form {...props} />}
    </Modal>
  );
}

/** What the form starts with. */
function startOf(draft: ReleaseDetail | undefined, versions: readonly string[]) {
  const percent = (split: Split, fresh: number) => (draft ? Math.round((draft.fractions[split] ?? 0) * 100) : fresh);
  return {
    version: draft?.version ?? nextVersion(versions),
    title: draft?.title ?? "",
    notes: draft?.notes ?? "",
    licence: draft?.licence ?? "CC-BY-SA-4.0",
    terms: draft?.terms ?? DEFAULT_TERMS,
    percents: { training: percent("training", 50), validation: percent("validation", 25), test: percent("test", 25) },
    seed: draft?.seed ?? 0,
    embargo_until: draft?.embargo_until ?? null,
    open_test_images: draft?.open_test_images ?? false,
    dicom: draft?.dicom ?? false,
    rater_masks: draft?.rater_masks ?? false,
    stable_raters: draft?.stable_raters ?? false,
    disagreement_maps: draft?.disagreement_maps ?? false,
    probability_maps: draft?.probability_maps ?? false,
    authors: toLines(draft?.creators ?? []),
    publisher: draft?.publisher ?? "",
    doi: draft?.doi ?? "",
    released_on: draft?.released_on ?? null,
    datasheet: draft?.datasheet ?? NOTHING_SAID,
    rules: draft?.rules ?? NO_RULES,
  };
}

function Form({ slug, accepted, versions, draft, onClose }: ReleaseFormProps) {
  const save = useDraftRelease(slug, draft?.id);
  const navigate = useNavigate();
  const form = useForm({
    initialValues: startOf(draft, versions),
    validate: {
      version: (value) =>
        value.trim() === "" ? t("Needed") : versions.includes(value.trim()) ? t("This version exists already") : null,
      title: (value) => (value.trim() === "" ? t("Needed") : null),
      terms: (value) => (value.trim() === "" ? t("Those who download must know what they agree to") : null),
      doi: (value) => (value === "" || DOI.test(value) ? null : t("A DOI looks like 10.1234/abc")),
    },
  });
  const { percents } = form.values;
  const problem = fractionProblem(percents);
  const submit = form.onSubmit(({ percents: shares, authors, ...values }) => {
    if (problem !== null) return;
    act(
      save,
      { ...values, fractions: toFractions(shares), creators: fromLines(authors) },
      {
        onSuccess: (release) => {
          onClose();
          void navigate({ to: "/releases/$id", params: { id: release.id } });
        },
        onError: (error) =>
          notifyFailure(error, draft ? t("The draft was not changed") : t("The release was not made")),
      },
    );
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {accepted === 0 && (
          <Alert icon={<IconInfoCircle />} color="amber">
            {t("No case is accepted yet, so there is nothing to put into a release.")}
          </Alert>
        )}
        <Group grow align="flex-start">
          <TextInput
            label={t("Title")}
            placeholder={t("Thoracolumbar spine 2026")}
            data-autofocus
            data-testid="release-title"
            {...form.getInputProps("title")}
          />
          <TextInput label={t("Version")} maw={140} data-testid="release-version" {...form.getInputProps("version")} />
        </Group>
        <RuleFields
          slug={slug}
          form={form}
          asked={
            problem === null
              ? {
                  rules: form.values.rules,
                  fractions: toFractions(percents),
                  seed: form.values.seed,
                  embargo_until: form.values.embargo_until,
                }
              : null
          }
        />
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
            {problem ?? t("Split by patient: all series of one patient stand in one part.")}
          </Text>
        </div>
        <Group grow align="flex-start">
          <DateInput
            label={t("Test part is secret until")}
            placeholder={t("No embargo")}
            clearable
            valueFormat="D MMM YYYY"
            {...form.getInputProps("embargo_until")}
          />
          <Select label={t("Licence")} data={LICENCES} allowDeselect={false} {...form.getInputProps("licence")} />
          <NumberInput label={t("Seed of the split")} min={0} allowDecimal={false} {...form.getInputProps("seed")} />
        </Group>
        <Checkbox
          label={t("The images of the test part are public at once; only its masks and grades are secret")}
          {...form.getInputProps("open_test_images", { type: "checkbox" })}
        />
        <Checkbox
          label={t("As DICOM, too: images, segmentations (SEG) and measurements (SR); doubles its size")}
          {...form.getInputProps("dicom", { type: "checkbox" })}
        />
        <RaterFields form={form} />
        <Textarea label={t("Terms of use")} autosize minRows={3} maxRows={10} {...form.getInputProps("terms")} />
        <Textarea
          label={t("Notes")}
          placeholder={t("What is new")}
          autosize
          minRows={2}
          {...form.getInputProps("notes")}
        />
        <Fieldset legend={t("To be cited as")}>
          <Stack gap="sm">
            <Textarea
              label={t("Authors")}
              description={t("One a line: family name, given names; affiliation; ORCID. None: the publisher")}
              placeholder={t("Doe, Jane; TU Munich; 0000-0002-1825-0097")}
              autosize
              minRows={2}
              maxRows={8}
              data-testid="release-authors"
              {...form.getInputProps("authors")}
            />
            <Group grow align="flex-start">
              <TextInput label={t("Publisher")} placeholder={t("The project")} {...form.getInputProps("publisher")} />
              <TextInput label="DOI" placeholder="10.1234/abc" {...form.getInputProps("doi")} />
              <DateInput
                label={t("Released on")}
                placeholder={t("Today")}
                clearable
                valueFormat="D MMM YYYY"
                {...form.getInputProps("released_on")}
              />
            </Group>
          </Stack>
        </Fieldset>
        <DatasheetFields form={form} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button
            type="submit"
            loading={save.isPending}
            disabled={problem !== null || accepted === 0}
            data-testid="create-release"
          >
            {draft ? t("Change the draft") : t("Make the draft")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
