import { Badge, Button, Card, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { Question } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { nameOf } from "@/domain/labels";
import { formatDateTime } from "@/state/format";
import { useQuestionActions } from "@/state/guidelines";

const STATES: Readonly<Record<Question["state"], { readonly text: string; readonly color: string }>> = {
  open: { text: t("Waits for an answer"), color: "amber" },
  answered: { text: t("Answered"), color: "green" },
  closed: { text: t("Closed"), color: "gray" },
};

export function QuestionState({ state }: { readonly state: Question["state"] }) {
  return <Badge color={STATES[state].color}>{STATES[state].text}</Badge>;
}

/** Where a question is about: its vertebra and voxel. */
export function placeOf({ label, voxel }: Pick<Question, "label" | "voxel">): string {
  const parts = [
    label === null ? "" : nameOf(label),
    voxel === null ? "" : t("voxel {{at}}", { at: voxel.join(", ") }),
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

interface Props {
  readonly slug: string;
  readonly question: Question;
}

/** A question with what was written in it, and a field to write. */
export function Thread({ slug, question }: Props) {
  const { reply, close } = useQuestionActions(slug);
  const [text, setText] = useState("");
  const send = () =>
    act(
      reply,
      { id: question.id, text },
      { onSuccess: () => setText(""), onError: (error) => notifyFailure(error, t("Not sent")) },
    );
  return (
    <Stack gap="xs" data-testid="thread">
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {[question.mine ? t("You") : question.asked_by, formatDateTime(question.asked_at), placeOf(question)]
            .filter((part) => part !== "")
            .join(" · ")}
        </Text>
        <QuestionState state={question.state} />
      </Group>
      <Text style={{ whiteSpace: "pre-wrap" }}>{question.text}</Text>
      {question.replies.map((entry) => (
        <Card key={entry.id} padding="xs" withBorder>
          <Text size="xs" c="dimmed">
            {entry.mine ? t("You") : entry.by === "" ? t("An answer") : entry.by} · {formatDateTime(entry.at)}
          </Text>
          <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
            {entry.text}
          </Text>
        </Card>
      ))}
      {question.version !== null && (
        <Text size="sm" c="dimmed">
          {t("Version {{number}} of the guidelines answers it.", { number: question.version })}
        </Text>
      )}
      {question.state !== "closed" && (
        <>
          <Textarea
            aria-label={question.mine ? t("Write more") : t("Your answer")}
            placeholder={question.mine ? t("Write more") : t("Your answer")}
            autosize
            minRows={2}
            maxLength={4000}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            {question.mine && (
              <Button
                size="xs"
                variant="default"
                loading={close.isPending}
                onClick={() => act(close, question.id, { onError: (error) => notifyFailure(error, t("Not changed")) })}
                data-testid="end-question"
              >
                {question.state === "open" ? t("Withdraw it") : t("That answers it")}
              </Button>
            )}
            <Button size="xs" disabled={text.trim() === ""} loading={reply.isPending} onClick={send}>
              {question.mine ? t("Send") : t("Answer it")}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}
