import {
  Alert,
  Button,
  Checkbox,
  Fieldset,
  Group,
  MultiSelect,
  NumberInput,
  Stack,
  TagsInput,
  Text,
} from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { IconEye } from "@tabler/icons-react";
import { t } from "@/i18n";
import { messageOf } from "@/api/errors";
import { act } from "@/components/common/act";
import { ANATOMICAL_ORDER } from "@/domain/labels";
import { useCaseTags } from "@/state/caseViews";
import { count } from "@/state/format";
import { useProject } from "@/state/projects";
import { type Plan, type PreviewInput, type ReleaseRules, usePlanPreview } from "@/state/releasePlans";
import { SPLIT_NAMES, SPLITS } from "./fractions";
import { CONTRAST_PHASES, RULE_TITLES } from "./planWords";

const LEVEL_NAMES = ANATOMICAL_ORDER.map(({ name }) => name);

interface RuleFieldsProps<V extends { rules: ReleaseRules }> {
  readonly slug: string;
  readonly form: Pick<UseFormReturnType<V>, "getInputProps">;
  /** What the form asks for now; null while its shares cannot be used. */
  readonly asked: PreviewInput | null;
}

/** Which of the accepted cases go into a release, and a look at whom these rules leave out. */
export function RuleFields<V extends { rules: ReleaseRules }>({ slug, form, asked }: RuleFieldsProps<V>) {
  const { protocol } = useProject(slug);
  const tags = (useCaseTags(slug).data ?? []).map(({ name }) => name);
  const stages = protocol.stages.filter(({ kind }) => kind !== "fuse");
  return (
    <Fieldset legend={t("Which accepted cases go in")}>
      <Stack gap="sm">
        <MultiSelect
          label={t("Stages that people have completed on it")}
          placeholder={t("Any")}
          clearable
          data={stages.map(({ key, title }) => ({ value: key, label: title }))}
          {...form.getInputProps("rules.stages")}
        />
        <Group grow align="flex-start">
          <MultiSelect
            label={t("Vertebrae in its mask")}
            placeholder={t("Any")}
            searchable
            clearable
            data={LEVEL_NAMES}
            data-testid="rule-levels"
            {...form.getInputProps("rules.levels")}
          />
          <MultiSelect
            label={t("Contrast phase")}
            placeholder={t("Any")}
            clearable
            data={CONTRAST_PHASES}
            {...form.getInputProps("rules.phases")}
          />
        </Group>
        <Group grow align="flex-start">
          <TagsInput
            label={t("Tags that it has")}
            placeholder={t("Any")}
            data={tags}
            clearable
            {...form.getInputProps("rules.tags")}
          />
          <TagsInput
            label={t("Tags that leave it out")}
            placeholder={t("None")}
            data={tags}
            clearable
            {...form.getInputProps("rules.without_tags")}
          />
        </Group>
        <LeastAgreement {...form.getInputProps("rules.least_agreement")} />
        <Checkbox
          label={t("Only series of which no inclusion rule was waived or left without an answer")}
          {...form.getInputProps("rules.without_waivers", { type: "checkbox" })}
        />
        <Preview slug={slug} asked={asked} />
      </Stack>
    </Fieldset>
  );
}

interface LeastAgreementProps {
  readonly value?: number | null;
  readonly onChange?: (value: number | null) => void;
}

function LeastAgreement({ value, onChange }: LeastAgreementProps) {
  return (
    <NumberInput
      label={t("Agreement of its raters at the least")}
      description={t("Mean Dice of its vertebrae over all pairs of raters, 0 to 1")}
      placeholder={t("Any")}
      min={0}
      max={1}
      step={0.01}
      value={value ?? ""}
      onChange={(given) => onChange?.(given === "" ? null : Number(given))}
    />
  );
}

function Preview({ slug, asked }: { readonly slug: string; readonly asked: PreviewInput | null }) {
  const preview = usePlanPreview(slug);
  return (
    <Stack gap="xs" aria-live="polite">
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconEye size={14} />}
          disabled={asked === null}
          loading={preview.isPending}
          onClick={() => asked !== null && act(preview, asked, { onError: () => undefined })}
          data-testid="preview-release"
        >
          {t("See who goes in")}
        </Button>
      </Group>
      {preview.error !== null && <Alert color="red">{messageOf(preview.error)}</Alert>}
      {preview.data !== undefined && <Found plan={preview.data} />}
    </Stack>
  );
}

function Found({ plan }: { readonly plan: Plan }) {
  const patients = (split: string) => plan.places.filter((place) => place.split === split).length;
  return (
    <Stack gap={4} data-testid="preview-found">
      <Text size="sm" fw={600}>
        {t("{{cases}} of {{patients}}", {
          cases: count(plan.cases, "case"),
          patients: count(plan.patients, "patient"),
        })}
      </Text>
      <Text size="sm" c="dimmed">
        {SPLITS.map((split) => `${SPLIT_NAMES[split]}: ${patients(split)}`).join(" · ")}
      </Text>
      {plan.rules.map(({ rule, cases }) => (
        <Text size="sm" key={rule}>
          {t("Left out: {{cases}}, {{rule}}", { cases: count(cases, "case"), rule: RULE_TITLES[rule].toLowerCase() })}
        </Text>
      ))}
    </Stack>
  );
}
