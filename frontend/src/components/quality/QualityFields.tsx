import { Card, Checkbox, NumberInput, Select, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import type { Protocol } from "@/api/types";

type Quality = Protocol["quality"];
type Shares = Pick<Quality, "gold_share" | "repeat_share">;

const MOST_HIDDEN = 50;

interface QualityFieldsProps {
  readonly protocol: Protocol;
  readonly onChange: (protocol: Protocol) => void;
}

/** What is wrong with the shares, in a sentence; null where nothing is. */
export function shareProblem({ gold_share: gold, repeat_share: repeat }: Shares): string | null {
  const sum = Math.round(100 * (gold + repeat));
  return sum > MOST_HIDDEN
    ? t("Gold cases and repeats are {{most_hidden}} % together at the most; these are {{sum}} %.", {
        most_hidden: MOST_HIDDEN,
        sum,
      })
    : null;
}

function mixesCopies({ gold_share: gold, repeat_share: repeat }: Shares): boolean {
  return gold > 0 || repeat > 0;
}

/** Training before real work, hidden exercises during it, and who sees whose name. */
export function QualityFields({ protocol, onChange }: QualityFieldsProps) {
  const quality = protocol.quality;
  const set = (changes: Partial<Quality>) => onChange({ ...protocol, quality: { ...quality, ...changes } });
  const problem = shareProblem(quality);
  return (
    <Card padding="lg" component="section" aria-label={t("Quality control")}>
      <Title order={2}>{t("Quality control")}</Title>
      <Text size="sm" c="dimmed" mb="md">
        {t("The cases for it are chosen under Exercises. Shares are of each person's tasks.")}
      </Text>
      <SimpleGrid cols={{ base: 1, md: 3 }} spacing="xl">
        <Stack gap="sm">
          <Title order={3}>{t("Training")}</Title>
          <NumberInput
            label={t("Cases before real work")}
            description={t("0: raters begin at once")}
            min={0}
            max={50}
            value={quality.training_cases}
            onChange={(value) => set({ training_cases: Math.max(0, Number(value) || 0) })}
          />
          <NumberInput
            label={t("Mean Dice to pass")}
            min={0}
            max={1}
            step={0.01}
            decimalScale={3}
            value={quality.training_dice}
            onChange={(value) => set({ training_dice: Number(value) })}
          />
          <Percent
            label={t("Grades exactly right to pass")}
            value={quality.training_grades}
            onChange={(value) => set({ training_grades: value })}
          />
        </Stack>
        <Stack gap="sm">
          <Title order={3}>{t("Hidden exercises")}</Title>
          <Percent
            label={t("Gold cases")}
            description={t("The answer is known, not to the rater")}
            value={quality.gold_share}
            error={problem}
            onChange={(value) => set({ gold_share: value })}
          />
          <Percent
            label={t("Repeats")}
            description={t("A case of their own again, disguised")}
            value={quality.repeat_share}
            onChange={(value) => set({ repeat_share: value })}
          />
          <NumberInput
            label={t("Repeat after")}
            suffix={t(" days")}
            min={0}
            max={730}
            value={quality.repeat_after_days}
            onChange={(value) => set({ repeat_after_days: Math.max(0, Number(value) || 0) })}
          />
          <Select
            label={t("Disguise of a repeat")}
            allowDeselect={false}
            data={[
              { value: "shift", label: t("Shifted by some voxels") },
              { value: "mirror", label: t("Mirrored left and right") },
            ]}
            value={quality.repeat_disguise}
            onChange={(value) => value !== null && set({ repeat_disguise: value as "shift" | "mirror" })}
          />
        </Stack>
        <Stack gap="sm">
          <Title order={3}>{t("Who comes next, who sees whom")}</Title>
          <Select
            label={t("Next task")}
            description={t("After priority and due date")}
            allowDeselect={false}
            data={[
              { value: "begun_first", label: t("Begun cases first") },
              { value: "uncertain_first", label: t("What the engine doubts first") },
            ]}
            value={protocol.next_task}
            onChange={(value) =>
              value !== null && onChange({ ...protocol, next_task: value as "begun_first" | "uncertain_first" })
            }
          />
          <Select
            label={t("Vertebrae that the image's border cuts")}
            description={t("What the engine does with them; either way it says so")}
            allowDeselect={false}
            data={[
              { value: "keep", label: t("Drawn as far as they are in view") },
              { value: "leave_out", label: t("Left out") },
            ]}
            value={protocol.cut_vertebrae}
            onChange={(value) =>
              value !== null && onChange({ ...protocol, cut_vertebrae: value as "keep" | "leave_out" })
            }
          />
          <Checkbox
            label={t("Run the engine on the processor only")}
            description={t("Not on a graphics card, even where the site has one; slower, and each run says so")}
            checked={protocol.processor_only}
            onChange={(event) => onChange({ ...protocol, processor_only: event.currentTarget.checked })}
          />
          <Checkbox
            label={t("Show measured heights after the answer only")}
            description={t("Otherwise they stand beside the form; what they suggest always waits for the answer")}
            checked={protocol.heights_after_answer}
            onChange={(event) => onChange({ ...protocol, heights_after_answer: event.currentTarget.checked })}
          />
          <Checkbox
            label={t("Double blind")}
            description={t("Experts and managers see “Rater A” until they say why they need the name")}
            checked={protocol.double_blind}
            onChange={(event) => onChange({ ...protocol, double_blind: event.currentTarget.checked })}
          />
          <Checkbox
            label={t("Raters may see each other's work after they have submitted")}
            description={
              mixesCopies(quality)
                ? t(
                    "Not while gold cases or repeats are mixed in, nor after: nothing opens for those, which would tell them",
                  )
                : t("Otherwise they stay blinded to the end")
            }
            checked={protocol.open_after_submission}
            onChange={(event) => onChange({ ...protocol, open_after_submission: event.currentTarget.checked })}
          />
        </Stack>
      </SimpleGrid>
    </Card>
  );
}

interface PercentProps {
  readonly label: string;
  readonly description?: string;
  readonly value: number;
  readonly error?: string | null;
  readonly onChange: (value: number) => void;
}

function Percent({ label, description, value, error = null, onChange }: PercentProps) {
  return (
    <NumberInput
      label={label}
      {...(description !== undefined && { description })}
      suffix=" %"
      min={0}
      max={100}
      value={Math.round(100 * value)}
      error={error}
      onChange={(next) => onChange(Math.min(100, Math.max(0, Number(next) || 0)) / 100)}
    />
  );
}
