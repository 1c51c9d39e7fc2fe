import { Button, Stack, Text, Textarea } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { t } from "@/i18n";
import { AcceptDialog } from "./AcceptDialog";
import type { StillOpen } from "./accepting";
import { AgreedGrades } from "./AgreedGrades";

interface Props {
  /** What was asked when the case came back, and what is looked at. */
  readonly way: ReactNode;
  readonly assignmentId: string;
  readonly activeLabel: number;
  readonly readOnly: boolean;
  readonly busy: boolean;
  /** Read when the reviewer is about to accept. */
  readonly stillOpen: () => StillOpen;
  readonly onGo: (label: number) => void;
  readonly onDecide: (accept: boolean, comment: string) => void;
}

export function ReviewPanel(props: Props) {
  const { way, assignmentId, activeLabel, readOnly, busy, stillOpen, onGo, onDecide } = props;
  const [comment, setComment] = useState("");
  const [asked, setAsked] = useState<StillOpen | null>(null);
  return (
    <Stack gap="sm">
      <Text fw={600}>{t("Review")}</Text>
      <Text size="sm" c="dimmed">
        {t(
          "Walk through the vertebrae with the arrow keys and tick them as looked at. Accept the case with its mask and grades, or return it and say what to mend.",
        )}
      </Text>
      {way}
      <AgreedGrades assignmentId={assignmentId} activeLabel={activeLabel} onGo={onGo} />
      <Textarea
        label={t("Comment")}
        description={t(
          "Needed to return the case. Name the vertebrae (L1, T11-L2), or pin notes to them: only these are open again.",
        )}
        autosize
        minRows={3}
        readOnly={readOnly}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        data-testid="review-comment"
      />
      <Button disabled={readOnly} loading={busy} onClick={() => setAsked(stillOpen())} data-testid="accept-case">
        {t("Accept the case")}
      </Button>
      <AcceptDialog
        open={asked}
        onClose={() => setAsked(null)}
        onAccept={() => {
          setAsked(null);
          onDecide(true, comment.trim());
        }}
      />
      <Button
        variant="light"
        color="amber"
        disabled={readOnly || busy || comment.trim() === ""}
        onClick={() => onDecide(false, comment.trim())}
        data-testid="return-case"
      >
        {t("Return with this comment")}
      </Button>
    </Stack>
  );
}
