import { Alert, Button, Checkbox, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { assignments, type CaseComment } from "@/api/assignments";
import { messageOf } from "@/api/errors";
import { notifyFailure } from "@/components/common/notify";
import { nameOf } from "@/domain/labels";
import type { ViewerState } from "@/viewer/types";
import type { Viewer } from "@/viewer/viewer";
import styles from "./workstation.module.css";

interface Props {
  readonly assignmentId: string;
  readonly viewer: Viewer;
  readonly state: ViewerState;
}

/** Comments on the case, pinned to the crosshair where the writer wants it. */
export function NotesPanel({ assignmentId, viewer, state }: Props) {
  const client = useQueryClient();
  const queryKey = ["assignment", assignmentId, "comments"];
  const query = useQuery({ queryKey, queryFn: () => assignments.comments(assignmentId) });
  const [text, setText] = useState("");
  const [pinned, setPinned] = useState(true);
  const add = useMutation({
    mutationFn: () =>
      assignments.addComment(assignmentId, {
        text: text.trim(),
        label: pinned && state.activeLabel > 0 ? state.activeLabel : null,
        voxel: pinned ? state.crosshair : null,
      }),
    onSuccess: async () => {
      setText("");
      await client.invalidateQueries({ queryKey });
    },
    onError: (error) => notifyFailure(error),
  });
  return (
    <Stack gap="sm">
      <Text fw={600}>Notes on this case</Text>
      {query.error && <Alert color="red">{messageOf(query.error)}</Alert>}
      {query.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          No notes yet.
        </Text>
      )}
      {query.data?.map((comment) => (
        <Note key={comment.id} comment={comment} onGo={() => comment.voxel && viewer.centreOn(comment.voxel)} />
      ))}
      <Textarea label="New note" size="xs" autosize minRows={2} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <Checkbox size="xs" label="Pin it to the crosshair" checked={pinned} onChange={(event) => setPinned(event.currentTarget.checked)} />
      <Button size="xs" disabled={text.trim() === ""} loading={add.isPending} onClick={() => add.mutate()}>
        Add note
      </Button>
    </Stack>
  );
}

function Note({ comment, onGo }: { readonly comment: CaseComment; readonly onGo: () => void }) {
  const content = (
    <>
      <Text size="xs" c="dimmed">
        {comment.mine ? "You" : comment.author} {comment.label !== null && `on ${nameOf(comment.label)}`}
      </Text>
      <Text size="sm">{comment.text}</Text>
    </>
  );
  if (!comment.voxel) return <div className={styles["rowItem"]}>{content}</div>;
  return (
    <button type="button" className={styles["rowItem"]} onClick={onGo}>
      {content}
    </button>
  );
}
