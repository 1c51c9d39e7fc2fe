import { Badge, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { inSentence, t } from "@/i18n";
import type { Challenge, ChallengePhase, ChallengeSplit } from "@/api/types";
import { count } from "@/state/format";
import { PhaseForm } from "./PhaseForm";
import { phaseText, SPLIT_TITLES } from "./words";

const SPLITS: readonly ChallengeSplit[] = ["validation", "test"];
const COLORS: Readonly<Record<ChallengePhase["state"], string>> = { ahead: "gray", open: "green", over: "amber" };

export function Phases({ challenge }: { readonly challenge: Challenge }) {
  const [setting, setSetting] = useState<ChallengeSplit | null>(null);
  const missing = SPLITS.filter((split) => challenge.phases.every((phase) => phase.split !== split));
  return (
    <Card padding="lg" component="section" aria-label={t("Phases")}>
      <Title order={2} mb="sm">
        {t("Phases")}
      </Title>
      <Stack gap="md">
        {challenge.phases.map((phase) => (
          <Group key={phase.split} justify="space-between" align="flex-start" data-testid={`phase-${phase.split}`}>
            <div>
              <Group gap="xs">
                <Text fw={600}>{SPLIT_TITLES[phase.split]}</Text>
                <Badge color={COLORS[phase.state]}>{phase.state}</Badge>
              </Group>
              <Text size="sm" c="dimmed">
                {t("{{phase}} · {{submissions}} a day", {
                  phase: phaseText(phase),
                  submissions: count(phase.daily_limit, "submission"),
                })}
              </Text>
              {phase.secret && phase.state !== "over" && (
                <Text size="sm" c="dimmed">
                  {t("Scores are shown when it closes.")}
                </Text>
              )}
            </div>
            {challenge.organiser && (challenge.opened_at === null || phase.state !== "over") && (
              <Button size="xs" variant="default" onClick={() => setSetting(phase.split)}>
                {t("Change")}
              </Button>
            )}
          </Group>
        ))}
        {challenge.phases.length === 0 && <Text c="dimmed">{t("No phase yet: add one to open the challenge.")}</Text>}
        {challenge.organiser && missing.length > 0 && (
          <Group gap="xs">
            {missing.map((split) => (
              <Button
                key={split}
                size="xs"
                variant="default"
                onClick={() => setSetting(split)}
                data-testid={`add-phase-${split}`}
              >
                {t("Add {{split}}", { split: inSentence(SPLIT_TITLES[split]) })}
              </Button>
            ))}
          </Group>
        )}
      </Stack>
      <PhaseForm challenge={challenge} split={setting} onClose={() => setSetting(null)} />
    </Card>
  );
}
