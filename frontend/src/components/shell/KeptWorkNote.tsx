import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { inWords } from "@/state/outbox/acts";
import { useKeptWork } from "@/state/outbox/background";
import { journal } from "@/state/outbox/journal";

/** What was done offline and is not with the server yet. It is sent from any page; edits of masks are looked at first. */
export function KeptWorkNote({ userId }: { readonly userId: string }) {
  const { mine, ofOthers } = useKeptWork(journal, userId);
  if (mine.length === 0 && ofOthers.length === 0) return null;
  return (
    <Alert color="amber" mb="md" title="Kept in this browser" data-testid="kept-work">
      <Stack gap={4}>
        {mine.map(({ assignmentId, acts, refusals }) => (
          <Text key={assignmentId} size="sm">
            {inWords(acts)}
            {refusals.length > 0
              ? ` (not taken: ${refusals.join(" ")})`
              : acts.some(({ kind }) => kind === "edit")
                ? ", to be looked at and sent:"
                : ", being sent:"}{" "}
            <Anchor underline="always" href={`/assignments/${assignmentId}`}>
              open the case
            </Anchor>
          </Text>
        ))}
        {ofOthers.length > 0 && (
          <Text size="sm">
            Of another account: {inWords(ofOthers)}. It is sent when that person signs in here again.
          </Text>
        )}
      </Stack>
    </Alert>
  );
}
