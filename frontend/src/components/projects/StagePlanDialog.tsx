import { Alert, Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { answered, t } from "@/i18n";
import { ApiError } from "@/api/errors";
import type { Protocol, StagePlan } from "@/api/types";
import { DANGER } from "@/components/common/confirm";
import { count } from "@/state/format";

/** The work in a stage that a protocol is to lose, as the server counts it. */
export interface StageWork {
  readonly key: string;
  readonly title: string;
  readonly kind: string;
  readonly cases: number;
  readonly in_hand: number;
  readonly handed_in: number;
  readonly free: number;
  readonly move_to: readonly string[];
  readonly may_withdraw: boolean;
}

/** The counts of a refusal; null where it was refused for something else. */
export function workInStages(error: unknown): readonly StageWork[] | null {
  if (!(error instanceof ApiError) || error.code !== "stage_in_use") return null;
  return Array.isArray(error.extra["stages"]) ? (error.extra["stages"] as StageWork[]) : null;
}

const WITHDRAW = "withdraw";

interface Props {
  readonly work: readonly StageWork[];
  readonly protocol: Protocol;
  readonly busy: boolean;
  readonly onSave: (plans: StagePlan[]) => void;
  readonly onClose: () => void;
}

/** What becomes of the work in stages that are taken out: shown with its counts, chosen, and confirmed. */
export function StagePlanDialog({ work, protocol, busy, onSave, onClose }: Props) {
  const [choices, setChoices] = useState<Readonly<Record<string, string>>>({});
  const titles = new Map(protocol.stages.map(({ key, title }) => [key, title]));
  const ready = work.every(({ key }) => choices[key] !== undefined);
  const save = () =>
    onSave(
      work.map(({ key }) => {
        const choice = choices[key] ?? WITHDRAW;
        return choice === WITHDRAW
          ? { stage: key, how: "withdraw" as const, to: "" }
          : { stage: key, how: "move" as const, to: choice };
      }),
    );
  return (
    <Modal opened onClose={onClose} title={t("What becomes of the work?")} size="lg">
      <Stack data-testid="stage-plan">
        {work.map((stage) => (
          <Radio.Group
            key={stage.key}
            label={answered(stage.title)}
            description={t(
              "{{cases}} in it or waiting for what it leads to: {{in_hand}} in somebody's hands, {{handed_in}} submitted, {{freePlaces}}.",
              {
                cases: count(stage.cases, "case"),
                in_hand: stage.in_hand,
                handed_in: stage.handed_in,
                freePlaces: count(stage.free, "free place"),
              },
            )}
            value={choices[stage.key] ?? ""}
            onChange={(choice) => setChoices({ ...choices, [stage.key]: choice })}
          >
            <Stack gap="xs" mt="xs">
              {stage.move_to.map((key) => (
                <Radio
                  key={key}
                  value={key}
                  label={t("It goes on as it is in {{key}}", { key: titles.get(key) ?? key })}
                  description={t("Nobody notices anything but another title.")}
                />
              ))}
              <Radio
                value={WITHDRAW}
                disabled={!stage.may_withdraw}
                label={t("Take it back")}
                description={t(
                  "Tasks in hand are withdrawn, their edits and what was submitted stay on record. Each case goes on at the first stage that it has not done.",
                )}
                data-testid={`withdraw-${stage.key}`}
              />
              {!stage.may_withdraw && stage.move_to.length === 0 && (
                <Alert color="amber">
                  {t("Cases that wait for an expert cannot pass without one. Finish them first.")}
                </Alert>
              )}
            </Stack>
          </Radio.Group>
        ))}
        <Text size="sm" c="dimmed">
          {t("Or finish that work first: leave the stage in until its cases have gone on.")}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-testid="finish-first">
            {t("Finish it first")}
          </Button>
          <Button color={DANGER} onClick={save} disabled={!ready} loading={busy} data-testid="confirm-plan">
            {t("Save the protocol")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
