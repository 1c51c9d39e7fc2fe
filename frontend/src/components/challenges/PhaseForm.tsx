import { Button, Group, Modal, NumberInput, Stack, Text } from "@mantine/core";
import { DateTimePicker } from "@mantine/dates";
import { useState } from "react";
import { t } from "@/i18n";
import type { Challenge, ChallengePhase, ChallengeSplit } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useChallengeActions } from "@/state/challenges";
import { fromPicker, toPicker } from "./dates";
import { SPLIT_TITLES } from "./words";

const DAY_MS = 86_400_000;

interface PhaseFormProps {
  readonly challenge: Challenge;
  /** Null: closed. */
  readonly split: ChallengeSplit | null;
  readonly onClose: () => void;
}

export function PhaseForm({ challenge, split, onClose }: PhaseFormProps) {
  return (
    <Modal
      opened={split !== null}
      onClose={onClose}
      title={split === null ? "" : t("Phase: {{split}}", { split: SPLIT_TITLES[split] })}
    >
      {split !== null && (
        <Form
          challenge={challenge}
          split={split}
          phase={challenge.phases.find((phase) => phase.split === split)}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}

interface FormProps {
  readonly challenge: Challenge;
  readonly split: ChallengeSplit;
  readonly phase: ChallengePhase | undefined;
  readonly onClose: () => void;
}

function Form({ challenge, split, phase, onClose }: FormProps) {
  const { setPhase } = useChallengeActions(challenge.id);
  const [now] = useState(() => Date.now());
  const [opens, setOpens] = useState<string | null>(toPicker(phase?.opens_at ?? new Date(now).toISOString()));
  const [closes, setCloses] = useState<string | null>(
    toPicker(phase?.closes_at ?? new Date(now + 30 * DAY_MS).toISOString()),
  );
  const [limit, setLimit] = useState<number | string>(phase?.daily_limit ?? 3);
  const problem = opens !== null && closes !== null && closes <= opens ? t("It closes before it opens") : null;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (opens === null || closes === null) return;
    act(
      setPhase,
      { split, opens_at: fromPicker(opens), closes_at: fromPicker(closes), daily_limit: Number(limit) },
      {
        onSuccess: () => {
          notifyDone(t("The phase is set."));
          onClose();
        },
        onError: (error) => notifyFailure(error, t("Not set")),
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {split === "test" && (
          <Text size="sm">
            {t(
              "Until it closes, teams learn of a submission only that it was evaluated. It can open once the CTs of the test part are open.",
            )}
          </Text>
        )}
        <DateTimePicker label={t("Opens")} value={opens} onChange={setOpens} required />
        <DateTimePicker label={t("Closes")} value={closes} onChange={setCloses} error={problem} required />
        <NumberInput
          label={t("Submissions of a team on one day")}
          description={t("Days end at midnight UTC. Refused ones do not count.")}
          min={1}
          max={20}
          clampBehavior="strict"
          value={limit}
          onChange={setLimit}
          required
        />
        <Group justify="flex-end">
          <Button
            type="submit"
            disabled={problem !== null || opens === null || closes === null || limit === ""}
            loading={setPhase.isPending}
            data-testid="save-phase"
          >
            {t("Set")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
