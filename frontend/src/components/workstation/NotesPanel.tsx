import { Alert, Anchor, Badge, Button, Checkbox, Group, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { IconFocus2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { t } from "@/i18n";
import { assignments } from "@/api/assignments";
import { messageOf } from "@/api/errors";
import { nameOf } from "@/domain/labels";
import { openByLevel, threadsOf, withPending, type ShownComment, type Thread } from "@/state/threads";
import { formatDateTime } from "@/state/format";
import { keys } from "@/state/keys";
import { useConnection } from "@/state/projectSocket";
import type { Viewer } from "@/viewer";
import { useOutbox, usePending } from "./useOutbox";
import styles from "./workstation.module.css";
import type { PageState } from "./useViewerState";

/** While the socket is away. */
const FRESH_MS = 20_000;

interface Props {
  readonly assignmentId: string;
  readonly viewer: Viewer;
  readonly state: PageState;
}

/**
 * The comments of a case, with those that wait to be sent. Others write while one works: the project's socket says
 * when, to those who may read them.
 */
export function useComments(assignmentId: string): {
  readonly data: readonly ShownComment[] | undefined;
  readonly error: unknown;
} {
  const connection = useConnection();
  const pending = usePending(useOutbox());
  const { data, error } = useQuery({
    queryKey: keys.comments(assignmentId),
    queryFn: () => assignments.comments(assignmentId),
    refetchInterval: connection === "live" ? false : FRESH_MS,
  });
  return { data: data && withPending(data, pending), error };
}

/** Threads on the case, by vertebra, pinned to the crosshair where the writer wants it. */
export function NotesPanel({ assignmentId, viewer, state }: Props) {
  const query = useComments(assignmentId);
  const [part, setPart] = useState<"level" | "all">("all");
  const threads = threadsOf(query.data ?? []);
  const counts = openByLevel(threads);
  const level = state.activeLabel;
  const shown = part === "level" ? threads.filter(({ first }) => first.label === level) : threads;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fw={600}>{t("Discussion")}</Text>
        <SegmentedControl
          size="xs"
          value={part}
          onChange={(value) => setPart(value as typeof part)}
          data={[
            { value: "all", label: t("Whole case") },
            { value: "level", label: level > 0 ? nameOf(level) : t("This level") },
          ]}
          aria-label={t("Which threads")}
        />
      </Group>
      {counts.size > 0 && (
        <Group gap={4} aria-label={t("Open threads by level")} role="group">
          {[...counts].map(([label, count]) => (
            <Badge
              key={label ?? 0}
              size="sm"
              variant="light"
              color="amber"
              data-testid={`threads-${label === null ? "case" : nameOf(label)}`}
            >
              {label === null ? t("Case") : nameOf(label)} {count}
            </Badge>
          ))}
        </Group>
      )}
      {query.error !== null && <Alert color="red">{messageOf(query.error)}</Alert>}
      {query.data !== undefined && shown.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("No notes yet.")}
        </Text>
      )}
      {shown.map((thread) => (
        <ThreadView key={thread.first.id} thread={thread} viewer={viewer} />
      ))}
      <NewThread viewer={viewer} state={state} />
    </Stack>
  );
}

function NewThread({ viewer, state }: { readonly viewer: Viewer; readonly state: PageState }) {
  const outbox = useOutbox();
  const [text, setText] = useState("");
  const [pinned, setPinned] = useState(true);
  const save = (): void => {
    void outbox.add({
      kind: "note",
      text: text.trim(),
      label: state.activeLabel > 0 ? state.activeLabel : null,
      voxel: pinned ? viewer.getState().crosshair : null,
      parent: null,
    });
    setText("");
  };
  return (
    <>
      <Textarea
        label={
          state.activeLabel > 0
            ? t("New note on {{activeLabel}}", { activeLabel: nameOf(state.activeLabel) })
            : t("New note")
        }
        size="xs"
        autosize
        minRows={2}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Checkbox
        size="xs"
        label={t("Pin it to the crosshair")}
        checked={pinned}
        onChange={(event) => setPinned(event.currentTarget.checked)}
      />
      <Button size="xs" disabled={text.trim() === ""} onClick={save} data-testid="add-note">
        {t("Add note")}
      </Button>
    </>
  );
}

function ThreadView({ thread, viewer }: { readonly thread: Thread; readonly viewer: Viewer }) {
  const { first, replies } = thread;
  const outbox = useOutbox();
  const [answer, setAnswer] = useState<string | null>(null);
  const { voxel } = first;
  const send = (): void => {
    void outbox.add({ kind: "note", text: (answer ?? "").trim(), label: first.label, voxel: null, parent: first.id });
    setAnswer(null);
  };
  return (
    <div
      className={`${styles["rowItem"] ?? ""} ${styles["thread"] ?? ""}`}
      data-testid="thread"
      data-resolved={first.resolved}
    >
      <Group justify="space-between" gap={6}>
        {voxel ? (
          <Button
            size="compact-xs"
            variant="light"
            leftSection={<IconFocus2 size={13} />}
            onClick={() => viewer.centreOn(voxel)}
          >
            {first.label === null ? t("Look") : nameOf(first.label)}
          </Button>
        ) : (
          <Text size="xs" fw={600}>
            {first.label === null ? t("Case") : nameOf(first.label)}
          </Text>
        )}
        {first.resolved && <Badge color="teal">{t("Resolved")}</Badge>}
      </Group>
      <Note comment={first} />
      {replies.map((reply) => (
        <div key={reply.id} className={styles["reply"]}>
          <Note comment={reply} />
        </div>
      ))}
      {first.waits ? null : answer === null ? (
        <Group gap="md">
          <Anchor component="button" type="button" size="xs" onClick={() => setAnswer("")}>
            {t("Reply")}
          </Anchor>
          <Anchor
            component="button"
            type="button"
            size="xs"
            onClick={() => void outbox.add({ kind: "thread", comment: first.id, resolved: !first.resolved })}
          >
            {first.resolved ? t("Open again") : t("Resolve")}
          </Anchor>
        </Group>
      ) : (
        <Stack gap={6}>
          <Textarea
            aria-label={t("Reply")}
            size="xs"
            autosize
            minRows={1}
            data-autofocus
            value={answer}
            onChange={(event) => setAnswer(event.currentTarget.value)}
          />
          <Group gap={6}>
            <Button size="compact-xs" disabled={answer.trim() === ""} onClick={send}>
              {t("Send")}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => setAnswer(null)}>
              {t("Cancel")}
            </Button>
          </Group>
        </Stack>
      )}
    </div>
  );
}

function Note({ comment }: { readonly comment: ShownComment }) {
  return (
    <>
      <Text size="xs" c="dimmed">
        {comment.mine ? t("You") : comment.author}, {formatDateTime(comment.created_at)}
        {comment.waits && t(", not sent yet")}
      </Text>
      <Text size="sm">{comment.text}</Text>
    </>
  );
}
