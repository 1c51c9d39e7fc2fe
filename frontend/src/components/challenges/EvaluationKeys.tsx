import { Alert, Button, Card, Code, CopyButton, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import type { Challenge, ChallengePhase, EvaluationKey, EvaluationKeyFile } from "@/api/types";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { saveFile } from "@/components/reports/save";
import { useEvaluationKeyActions, useEvaluationKeys } from "@/state/evaluationKeys";
import { formatDateTime } from "@/state/format";
import { SPLIT_TITLES } from "./words";

/** The keys with which results are signed that were evaluated elsewhere; to whom they are shown. */
export function EvaluationKeys({ challenge }: { readonly challenge: Challenge }) {
  const phases = challenge.phases.filter((phase) => phase.reads_keys);
  if (phases.length === 0) return null;
  return (
    <Card padding="lg" component="section" aria-label={t("Evaluation elsewhere")} data-testid="evaluation-keys">
      <Title order={2} mb="sm">
        {t("Evaluation elsewhere")}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {t(
          "Where a team hands in a program instead of predictions, evaluate it on a machine that has the release, with the command vertebase evaluate. It signs the result with a key of the phase. Whoever has the key can send results: give it to nobody who takes part.",
        )}
      </Text>
      <Stack gap="md">
        {phases.map((phase) => (
          <KeysOfPhase key={phase.split} challenge={challenge} phase={phase} />
        ))}
      </Stack>
    </Card>
  );
}

interface KeysOfPhaseProps {
  readonly challenge: Challenge;
  readonly phase: ChallengePhase;
}

function KeysOfPhase({ challenge, phase }: KeysOfPhaseProps) {
  const query = useEvaluationKeys(challenge.id, phase.split);
  const { make } = useEvaluationKeyActions(challenge.id, phase.split);
  const [name, setName] = useState("");
  const [made, setMade] = useState<EvaluationKeyFile | null>(null);
  const label = t("Who evaluates ({{phase}})", { phase: SPLIT_TITLES[phase.split] });
  return (
    <Stack gap="xs" data-testid={`keys-${phase.split}`}>
      <Text fw={600}>{SPLIT_TITLES[phase.split]}</Text>
      <QueryState query={query}>
        {(rows) => (
          <>
            {rows.map((row) => (
              <KeyRow key={row.id} challenge={challenge} phase={phase} row={row} />
            ))}
          </>
        )}
      </QueryState>
      {made !== null && <KeyFile file={made} onClose={() => setMade(null)} />}
      {phase.makes_keys ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            act(make, name.trim(), {
              onSuccess: (file) => {
                setMade(file);
                setName("");
              },
              onError: (error) => notifyFailure(error, t("No key was made")),
            });
          }}
        >
          <Group align="flex-end" gap="xs">
            <TextInput
              label={label}
              description={t("Stands on the leaderboard")}
              value={name}
              maxLength={60}
              onChange={(event) => setName(event.currentTarget.value)}
              style={{ flex: 1, minWidth: 180 }}
            />
            <Button type="submit" variant="default" disabled={name.trim() === ""} loading={make.isPending}>
              {t("Make a key")}
            </Button>
          </Group>
        </form>
      ) : (
        <Text size="sm" c="dimmed">
          {t("The part is sealed: who keeps it makes the keys.")}
        </Text>
      )}
    </Stack>
  );
}

function KeyRow({ challenge, phase, row }: KeysOfPhaseProps & { readonly row: EvaluationKey }) {
  const { revoke } = useEvaluationKeyActions(challenge.id, phase.split);
  const { id, name } = row;
  return (
    <Group justify="space-between" wrap="nowrap">
      <div style={{ minWidth: 0, overflowWrap: "anywhere" }}>
        <Text size="sm">{name}</Text>
        <Text size="xs" c="dimmed">
          {stateText(row)}
        </Text>
      </div>
      {row.revoked_at === null && (
        <Button
          size="compact-sm"
          variant="default"
          style={{ flex: "none" }}
          aria-label={t("Revoke {{name}}", { name })}
          onClick={() =>
            confirm({
              title: t("Revoke {{name}}?", { name }),
              body: t("Results signed with it are taken no more. Those that were taken stay."),
              verb: t("Revoke"),
              danger: true,
              onConfirm: () =>
                act(revoke, id, {
                  onSuccess: () => notifyDone(t("The key was revoked.")),
                  onError: (error) => notifyFailure(error, t("Nothing changed")),
                }),
            })
          }
        >
          {t("Revoke")}
        </Button>
      )}
    </Group>
  );
}

function stateText({ made_by: maker, made_at: made, used_at: used, revoked_at: revoked }: EvaluationKey): string {
  const by = t("made by {{name}}, {{at}}", { name: maker, at: formatDateTime(made) });
  if (revoked !== null) return t("{{by}}; revoked {{at}}", { by, at: formatDateTime(revoked) });
  return used === null
    ? t("{{by}}; not used yet", { by })
    : t("{{by}}; last used {{at}}", { by, at: formatDateTime(used) });
}

function KeyFile({ file, onClose }: { readonly file: EvaluationKeyFile; readonly onClose: () => void }) {
  const text = JSON.stringify(file, null, 1);
  return (
    <Alert
      icon={<IconKey />}
      color="petrol"
      title={t("Save the key now: it is not shown again")}
      onClose={onClose}
      withCloseButton
      closeButtonLabel={t("I have saved it")}
      data-testid="evaluation-key"
    >
      <Code block mb="xs" style={{ wordBreak: "break-all", whiteSpace: "pre-wrap" }}>
        {text}
      </Code>
      <Group gap="xs">
        <Button
          size="compact-sm"
          onClick={() => saveFile(`evaluation-key-${file.split}.json`, new Blob([text], { type: "application/json" }))}
        >
          {t("Save as a file")}
        </Button>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? t("Copied") : t("Copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}
