import { inSentence } from "@/i18n";
import { act } from "@/components/common/act";
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconMailOpened } from "@tabler/icons-react";
import { ROLE_DUTIES, roleWord } from "@/components/common/badges";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { formatDate } from "@/state/format";
import { useAnswerInvitation, useMyInvitations } from "@/state/invitations";

/** Projects that ask the signed-in person in; nothing where none does. */
export function MyInvitations() {
  const { data: offers = [] } = useMyInvitations();
  const reply = useAnswerInvitation();
  if (offers.length === 0) return null;
  const send = (id: string, accepts: boolean, project: string) =>
    act(
      reply,
      { id, accepts },
      {
        onSuccess: () => notifyDone(accepts ? `You take part in ${project} now.` : `You declined ${project}.`),
        onError: (error) => notifyFailure(error, "Not answered"),
      },
    );
  return (
    <Stack mb="lg" gap="sm" data-testid="my-invitations">
      {offers.map(({ id, project_name: project, role, invited_by: by, expires_at: until }) => (
        <Alert key={id} icon={<IconMailOpened />} color="petrol" title={`Take part in ${project}?`}>
          <Text size="sm" mb="sm">
            {by} invites you as {roleWord(role, 1)}: {inSentence(ROLE_DUTIES[role])}. The offer is open until{" "}
            {formatDate(until)}.
          </Text>
          <Group gap="sm">
            <Button
              size="compact-md"
              loading={reply.isPending}
              aria-label={`Accept ${project}`}
              onClick={() => send(id, true, project)}
            >
              Accept
            </Button>
            <Button
              size="compact-md"
              variant="default"
              disabled={reply.isPending}
              aria-label={`Decline ${project}`}
              onClick={() => send(id, false, project)}
            >
              Decline
            </Button>
          </Group>
        </Alert>
      ))}
    </Stack>
  );
}
