import { Alert, Button, Group, List, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { ApiError, messageOf } from "@/api/errors";
import type { MissingGrading } from "@/domain/grading";
import { nameOf } from "@/domain/labels";

interface Props {
  readonly opened: boolean;
  readonly missing: readonly MissingGrading[];
  readonly undecided: readonly number[];
  readonly blocking: readonly string[];
  readonly unsavedGradings: number;
  readonly onClose: () => void;
  readonly onGo: (label: number) => void;
  /** Resolves when the server has taken the work; throws with the reason why not. */
  readonly onSubmit: (comment: string) => Promise<void>;
}

export function SubmitDialog({ opened, missing, undecided, blocking, unsavedGradings, onClose, onGo, onSubmit }: Props) {
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const ready = missing.length === 0 && undecided.length === 0 && unsavedGradings === 0;
  const submit = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await onSubmit(comment.trim());
    } catch (error) {
      const labels = error instanceof ApiError && Array.isArray(error.extra["labels"]) ? (error.extra["labels"] as number[]) : [];
      setProblem(labels.length > 0 ? `${messageOf(error)} Missing: ${labels.map(nameOf).join(", ")}.` : messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={onClose} title="Submit this case" size="md">
      <Stack gap="md">
        {missing.length > 0 && (
          <Alert color="amber" title="Still missing">
            <List size="sm" spacing={2}>
              {missing.map((entry) => (
                <List.Item key={entry.label}>
                  <Button size="compact-xs" variant="subtle" onClick={() => onGo(entry.label)}>
                    {nameOf(entry.label)}
                  </Button>
                  {entry.missing.join(", ")}
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
        {undecided.length > 0 && (
          <Alert color="amber" title="Not decided yet">
            {undecided.map((label) => (
              <Button key={label} size="compact-xs" variant="subtle" onClick={() => onGo(label)}>
                {nameOf(label)}
              </Button>
            ))}
          </Alert>
        )}
        {unsavedGradings > 0 && <Alert color="amber">{unsavedGradings} grades are not saved yet.</Alert>}
        {blocking.length > 0 && (
          <Alert color="amber" title="Look again">
            <List size="sm">
              {blocking.map((message) => (
                <List.Item key={message}>{message}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        {ready && (
          <Text size="sm">
            Before it takes the work the server reads its stored mask back and compares it with the one in this browser.
          </Text>
        )}
        <Textarea label="Comment (optional)" autosize minRows={2} value={comment} onChange={(event) => setComment(event.currentTarget.value)} />
        {problem && (
          <Alert color="red" role="alert">
            {problem}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Go on working
          </Button>
          <Button onClick={() => void submit()} loading={busy} disabled={!ready} data-testid="confirm-submit">
            Submit
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
