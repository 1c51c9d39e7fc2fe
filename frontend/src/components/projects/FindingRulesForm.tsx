import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Card, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Project } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useUnsaved } from "@/components/common/useUnsaved";
import { useUpdateProject } from "@/state/projects";

type Rules = Project["finding_rules"];
type Level = Rules[string];

/** What each check looks for, in the order in which raters mind. */
const CHECKS: readonly (readonly [code: string, text: string])[] = [
  ["unknown_label", t("A number that names no vertebra")],
  ["orientation", t("Front and back, or head and feet, swapped")],
  ["order", t("A vertebra above one that it should lie below")],
  ["duplicate", t("A level that is there twice")],
  ["missing_level", t("A level left out between two others")],
  ["islands", t("Pieces apart from the vertebra")],
  ["holes", t("Holes inside a vertebra")],
  ["sideways", t("A vertebra to the side of the line of its neighbours")],
  ["distance", t("Neighbours too close or too far apart")],
  ["size", t("A vertebra much larger or smaller than its neighbours")],
  ["impossible_size", t("A size that no such vertebra can have")],
  ["arch", t("An arch that may belong to another vertebra")],
  ["centre_outside", t("A centre outside its mask")],
  ["outside_bone", t("A mask outside bone, by its density")],
  ["in_air", t("A mask that reaches into air")],
  ["cut_off", t("A vertebra cut off by the border of the image")],
  ["empty_mask", t("A mask without any vertebra")],
];
const LEVELS: { value: Level; label: string }[] = [
  { value: "off", label: t("Off") },
  { value: "warn", label: t("Point out") },
  { value: "block", label: t("Block submission") },
];

/** Which findings raters see, and which must be mended or answered with a reason before they submit. */
export function FindingRulesForm({ project }: { readonly project: Project }) {
  const update = useUpdateProject(project.slug);
  const [rules, setRules] = useState<Rules>(project.finding_rules);
  const isDirty = CHECKS.some(([code]) => rules[code] !== project.finding_rules[code]);
  useUnsaved(isDirty);
  const save = (): void =>
    act(
      update,
      { finding_rules: rules },
      { onSuccess: () => notifyDone(t("Saved.")), onError: (error) => notifyFailure(error, t("Not saved")) },
    );
  return (
    <Card padding="lg" maw={760} data-testid="finding-rules">
      <Stack>
        <Text size="sm" c="dimmed">
          {t(
            "What is done about each finding in a rater's mask. What blocks submission has to be mended before the work is submitted, or answered with a reason that is kept with it.",
          )}
        </Text>
        <Stack gap={0}>
          {CHECKS.map(([code, text]) => (
            <Group
              key={code}
              justify="space-between"
              gap="xs"
              py={6}
              style={{ borderBottom: "1px solid var(--vb-line)" }}
            >
              <Text size="sm">{text}</Text>
              <SegmentedControl
                size="xs"
                aria-label={text}
                value={rules[code] ?? "warn"}
                onChange={(level) => setRules({ ...rules, [code]: level as Level })}
                data={LEVELS}
              />
            </Group>
          ))}
        </Stack>
        <Group justify="flex-end">
          <Button onClick={save} loading={update.isPending} disabled={!isDirty} data-testid="save-finding-rules">
            {t("Save")}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
