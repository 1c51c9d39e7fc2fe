import { inSentence, t } from "@/i18n";
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
        onSuccess: () =>
          notifyDone(
            accepts ? t("You take part in {{project}} now.", { project }) : t("You declined {{project}}.", { project }),
          ),
        onError: (error) => notifyFailure(error, t("Not answered")),
      },
    );
  return (
    <Stack mb="lg" gap="sm" data-testid="my-invitations">
      {offers.map(({ id, project_name: project, role, invited_by: by, expires_at: until }) => (
        <Alert key={id} icon={<IconMailOpened />} color="petrol" title={t("Take part in {{project}}?", { project })}>
          <Text size="sm" mb="sm">
            {t("{{by}} invites you as {{role}}: {{role2}}. The offer is open until {{until}}.", {
              by,
              role: roleWord(role, 1),
              role2: inSentence(ROLE_DUTIES[role]),
              until: formatDate(until),
            })}
          </Text>
          <Group gap="sm">
            <Button
              size="compact-md"
              loading={reply.isPending}
              aria-label={t("Accept {{project}}", { project })}
              onClick={() => send(id, true, project)}
            >
              {t("Accept")}
            </Button>
            <Button
              size="compact-md"
              variant="default"
              disabled={reply.isPending}
              aria-label={t("Decline {{project}}", { project })}
              onClick={() => send(id, false, project)}
            >
              {t("Decline")}
            </Button>
          </Group>
        </Alert>
      ))}
    </Stack>
  );
}
