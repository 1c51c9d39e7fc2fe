import { Alert, Button, Group, Modal, Radio, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { Concern } from "@/api/assignments";
import { messageOf } from "@/api/errors";
import { CONCERN_NAMES, CONCERNS, type ConcernKind } from "@/domain/concerns";

const HINTS: Readonly<Record<ConcernKind, string>> = {
  wrong_region: t("The scan does not show what this project is about"),
  discuss: t(
    "You want to talk about it before you go on. What you write becomes a question, answered under Guidelines",
  ),
  not_for_me: t("You know the patient, or you are not trained for it"),
  other: t("Say what"),
};

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Resolves when the server has it; throws with the reason why not. */
  readonly onTell: (concern: Concern) => Promise<void>;
}

/** Tell the manager what is the matter with a task: keep it, or give it back. */
export function ConcernDialog({ opened, onClose, onTell }: Props) {
  const [kind, setKind] = useState<ConcernKind | null>(null);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const ready = kind !== null && (kind !== "other" || text.trim() !== "");
  const tell = async (giveBack: boolean): Promise<void> => {
    if (kind === null) return;
    setBusy(true);
    setProblem(null);
    try {
      await onTell({ concern: kind, text: text.trim(), give_back: giveBack });
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={onClose} title={t("Tell the manager about this task")} size="md">
      <Stack gap="md">
        <Radio.Group
          label={t("What is the matter?")}
          value={kind}
          onChange={(value) => setKind(value as ConcernKind)}
          data-testid="concern-kind"
        >
          <Stack gap={8} mt={6}>
            {CONCERNS.map((value) => (
              <Radio key={value} value={value} label={CONCERN_NAMES[value]} description={HINTS[value]} />
            ))}
          </Stack>
        </Radio.Group>
        <Textarea
          label={kind === "other" ? t("In your words") : t("In your words (optional)")}
          description={t("No names of patients, please.")}
          rows={3}
          maxLength={2000}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Text size="sm" c="dimmed">
          {t("Given back, the task is free for others and you do not get it again. Your edits stay on record.")}
        </Text>
        {problem !== null && (
          <Alert color="red" role="alert">
            {problem}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button
            variant="default"
            disabled={!ready || busy}
            onClick={() => void tell(true)}
            data-testid="concern-give-back"
          >
            {t("Give it back")}
          </Button>
          <Button disabled={!ready} loading={busy} onClick={() => void tell(false)} data-testid="concern-tell">
            {t("Tell and keep the task")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
