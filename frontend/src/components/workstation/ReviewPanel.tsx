import { Button, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";

interface Props {
  readonly readOnly: boolean;
  readonly busy: boolean;
  readonly onDecide: (accept: boolean, comment: string) => void;
}

export function ReviewPanel({ readOnly, busy, onDecide }: Props) {
  const [comment, setComment] = useState("");
  return (
    <Stack gap="sm">
      <Text fw={600}>Review</Text>
      <Text size="sm" c="dimmed">
        Walk through the vertebrae with the arrow keys. Accept the case, or return it and say what to mend.
      </Text>
      <Textarea label="Comment" description="Needed to return the case" autosize minRows={3} readOnly={readOnly} value={comment} onChange={(event) => setComment(event.currentTarget.value)} data-testid="review-comment" />
      <Button disabled={readOnly} loading={busy} onClick={() => onDecide(true, comment.trim())} data-testid="accept-case">
        Accept the case
      </Button>
      <Button variant="light" color="amber" disabled={readOnly || busy || comment.trim() === ""} onClick={() => onDecide(false, comment.trim())} data-testid="return-case">
        Return with this comment
      </Button>
    </Stack>
  );
}
