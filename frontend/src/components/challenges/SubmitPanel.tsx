import { Alert, Button, Card, FileButton, Group, List, Progress, Stack, Text, Title } from "@mantine/core";
import { IconFileZip } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import type { Challenge, ChallengePhase } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useChallengeActions, usePendingArchives } from "@/state/challenges";
import { begunOf } from "@/state/uploads/archive";
import { count, formatPercent } from "@/state/format";
import { FaultList } from "./FaultList";
import { PendingRow } from "./PendingRow";
import { refusedFiles, type RefusedFiles } from "./report";
import { phaseText, SPLIT_TITLES } from "./words";

interface SubmitPanelProps {
  readonly challenge: Challenge;
  readonly phase: ChallengePhase;
}

/** Where a team's archive is sent, and what is wrong with it file by file. */
export function SubmitPanel({ challenge, phase }: SubmitPanelProps) {
  const { send, handIn } = useChallengeActions(challenge.id);
  const pending = usePendingArchives(challenge.id, phase.split).data ?? [];
  const [sent, setSent] = useState(0);
  const [refused, setRefused] = useState<RefusedFiles | null>(null);
  const answers = {
    onSuccess: () => notifyDone(t("It has arrived and is being checked.")),
    onError: (error: Error) => {
      const files = refusedFiles(error);
      setRefused(files);
      if (files === null) notifyFailure(error, t("Not sent"));
    },
  };
  const submit = (file: File | null) => {
    if (file === null) return;
    setRefused(null);
    setSent(0);
    act(send, { split: phase.split, file, begun: begunOf(file, pending), onProgress: setSent }, answers);
  };
  const left = phase.left_today ?? 0;
  return (
    <Card padding="lg" component="section" aria-label={t("Send to {{split}}", { split: SPLIT_TITLES[phase.split] })}>
      <Group justify="space-between" align="flex-start">
        <div style={{ flex: "1 1 320px" }}>
          <Title order={2}>{SPLIT_TITLES[phase.split]}</Title>
          <Text size="sm" c="dimmed">
            {phase.state === "over"
              ? phaseText(phase)
              : t("{{phase}} · {{submissions}} left today", {
                  phase: phaseText(phase),
                  submissions: count(left, "submission"),
                })}
          </Text>
        </div>
        <FileButton onChange={submit} accept=".zip,application/zip" inputProps={{ "aria-label": t("Archive to send") }}>
          {(props) => (
            <Button
              {...props}
              leftSection={<IconFileZip size={16} />}
              disabled={phase.state !== "open" || left === 0}
              loading={send.isPending}
              data-testid={`send-${phase.split}`}
            >
              {t("Send a zip")}
            </Button>
          )}
        </FileButton>
      </Group>
      {send.isPending && (
        <Progress.Root size="lg" mt="md">
          <Progress.Section value={sent * 100} aria-label={t("Sent")}>
            <Progress.Label>{sent < 1 ? formatPercent(sent) : t("Being looked at")}</Progress.Label>
          </Progress.Section>
        </Progress.Root>
      )}
      {!send.isPending &&
        pending.map((archive) => (
          <PendingRow
            key={archive.id}
            challengeId={challenge.id}
            archive={archive}
            handing={handIn.isPending}
            onHandIn={() => {
              setRefused(null);
              act(handIn, archive.id, answers);
            }}
          />
        ))}
      {refused !== null && (
        <Alert color="red" title={t("Refused: it does not count")} mt="md" data-testid="refused">
          <Stack gap="xs">
            <Text size="sm">{refused.message}</Text>
            <FaultList faults={refused.faults} more={refused.more} />
            {refused.faults.length === 0 && refused.extra.length > 0 && (
              <Text size="sm">{t("Found: {{extra}}", { extra: refused.extra.slice(0, 5).join(", ") })}</Text>
            )}
          </Stack>
        </Alert>
      )}
      <List size="sm" c="dimmed" mt="md">
        <List.Item>
          {t("A mask for each case, named as the release names it, on the grid of its CT, in VerSe's numbers.")}
          {challenge.tasks.includes("grading") &&
            ` ${t("Fracture grades in one table, grades.csv: case, level, grade and, if there is one, the probability of a moderate or severe fracture.")}`}
        </List.Item>
        <List.Item>
          {t("A centroid file beside a mask, if you have one; without it, bodies of the mask are measured.")}
        </List.Item>
        <List.Item>
          {t("Cases without a mask count with all vertebrae missed. Your last evaluated submission counts.")}
        </List.Item>
      </List>
    </Card>
  );
}
