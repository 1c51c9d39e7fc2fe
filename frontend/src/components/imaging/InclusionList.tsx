import { answered, t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { act } from "@/components/common/act";
import { Badge, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { notifyFailure } from "@/components/common/notify";
import { useVerdictActions, type Verdict } from "@/state/rules";

interface Props {
  readonly slug: string;
  readonly seriesId: string;
  readonly held: boolean;
  readonly verdicts: readonly Verdict[];
}

/** How the study's inclusion rules stand on a series, and what a manager says of them. */
export function InclusionList({ slug, seriesId, held, verdicts }: Props) {
  if (verdicts.length === 0) return <Text c="dimmed">{t("No inclusion rules are set in this project.")}</Text>;
  return (
    <Stack gap="sm" data-testid="inclusion">
      {held && (
        <Text size="sm" c="amber">
          {t("A rule keeps this series out: it gets no tasks and is neither counted nor released.")}
        </Text>
      )}
      {verdicts.map((verdict) => (
        <VerdictRow key={verdict.rule_id} slug={slug} seriesId={seriesId} verdict={verdict} />
      ))}
    </Stack>
  );
}

const COLOURS = { passed: "green", failed: "red", unknown: "gray" } as const;
type Asking = "waive" | "passed" | "failed";
const QUESTIONS: Readonly<Record<Asking, { readonly label: string; readonly verb: string }>> = {
  waive: { label: t("Why it is let in all the same"), verb: t("Waive") },
  passed: { label: t("What shows that it passes"), verb: t("It passes") },
  failed: { label: t("What shows that it fails"), verb: t("It fails") },
};

function VerdictRow({
  slug,
  seriesId,
  verdict,
}: {
  readonly slug: string;
  readonly seriesId: string;
  readonly verdict: Verdict;
}) {
  const { waive, takeBack, state } = useVerdictActions(slug, seriesId);
  const [asking, setAsking] = useState<Asking | null>(null);
  const rule = verdict.rule_id;
  const done = { onSuccess: () => setAsking(null), onError: (error: unknown) => notifyFailure(error, t("Not kept")) };
  const waived = verdict.waived_by !== null;
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Group gap={8}>
            <Text size="sm" fw={600}>
              {rule} {answered(verdict.title)}
            </Text>
            <Badge size="sm" color={waived ? "amber" : COLOURS[verdict.state]}>
              {waived ? t("{{state}}, waived", { state: verdict.state }) : verdict.state}
            </Badge>
          </Group>
          <Text size="sm" c="dimmed">
            {verdict.fact}
            {verdict.stated_by !== null && t(" (said by {{stated_by}})", { stated_by: verdict.stated_by })}
          </Text>
          {waived && (
            <Text size="sm">
              <Rich
                text="Waived by <1/>: {{waived_reason}}"
                values={{ waived_reason: verdict.waived_reason }}
                parts={[verdict.waived_by]}
              />
            </Text>
          )}
        </div>
        <Group gap={4} wrap="nowrap">
          {verdict.state === "failed" && !waived && <Small onClick={() => setAsking("waive")}>{t("Waive")}</Small>}
          {waived && <Small onClick={() => act(takeBack, rule, done)}>{t("Take back")}</Small>}
          {verdict.stated_by !== null && (
            <Small onClick={() => act(state, { rule, state: "unknown", fact: "" }, done)}>{t("Check again")}</Small>
          )}
          {verdict.state !== "passed" && <Small onClick={() => setAsking("passed")}>{t("Passes")}</Small>}
          {verdict.state === "unknown" && <Small onClick={() => setAsking("failed")}>{t("Fails")}</Small>}
        </Group>
      </Group>
      {asking !== null && (
        <Question
          key={asking}
          asking={asking}
          onCancel={() => setAsking(null)}
          onAnswer={(text) =>
            asking === "waive"
              ? act(waive, { rule, reason: text }, done)
              : act(state, { rule, state: asking, fact: text }, done)
          }
        />
      )}
    </div>
  );
}

function Small({ onClick, children }: { readonly onClick: () => void; readonly children: string }) {
  return (
    <Button size="compact-xs" variant="default" onClick={onClick}>
      {children}
    </Button>
  );
}

function Question({
  asking,
  onCancel,
  onAnswer,
}: {
  readonly asking: Asking;
  readonly onCancel: () => void;
  readonly onAnswer: (text: string) => void;
}) {
  const [text, setText] = useState("");
  return (
    <Group align="flex-end" mt={6} wrap="nowrap">
      <TextInput
        label={QUESTIONS[asking].label}
        size="xs"
        style={{ flex: 1 }}
        data-autofocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button size="xs" disabled={text.trim() === ""} onClick={() => onAnswer(text)}>
        {QUESTIONS[asking].verb}
      </Button>
      <Button size="xs" variant="subtle" color="gray" onClick={onCancel}>
        {t("Cancel")}
      </Button>
    </Group>
  );
}
