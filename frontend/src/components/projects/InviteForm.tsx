import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Card, Code, CopyButton, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCheck, IconCopy, IconUserPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { Role } from "@/api/types";
import { ROLE_OPTIONS } from "@/components/common/badges";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { formatDate } from "@/state/format";
import { type NewInvitation, useInvitationActions } from "@/state/invitations";
import { useGroupChoice } from "@/state/groups";
import { GroupSelect } from "./GroupSelect";
import { InviteMany } from "./InviteMany";

/** Offers somebody a role. They are in the project once they accept. */
export function InviteForm({ slug }: { readonly slug: string }) {
  const { invite } = useInvitationActions(slug);
  const choice = useGroupChoice(slug);
  const [invited, setInvited] = useState<NewInvitation | null>(null);
  const form = useForm({
    initialValues: { email: "", role: "rater" as Role },
    validate: { email: (value) => (/^\S+@\S+\.\S+$/.test(value) ? null : t("Enter an e-mail address")) },
  });

  const onSubmit = form.onSubmit((values) =>
    act(
      invite,
      { ...values, group_id: choice.id },
      {
        onSuccess: (invitation) => {
          if (invitation.link === null) notifyDone(t("{{email}} was sent the invitation.", { email: values.email }));
          else setInvited(invitation);
          // Whoever types the next address meanwhile keeps it.
          if (form.getValues().email === values.email) form.setFieldValue("email", "");
        },
        onError: (error) => notifyFailure(error, t("Not invited")),
      },
    ),
  );
  return (
    <Card padding="lg">
      <form onSubmit={onSubmit} noValidate>
        <Group align="flex-start">
          <TextInput
            label={t("E-mail")}
            type="email"
            placeholder="name@hospital.org"
            description={t("They join when they accept, here or by a link.")}
            inputWrapperOrder={["label", "input", "description", "error"]}
            style={{ flex: "1 1 260px" }}
            data-testid="invite-email"
            {...form.getInputProps("email")}
          />
          <Select
            label={t("Role")}
            allowDeselect={false}
            data={ROLE_OPTIONS}
            style={{ flex: "1 1 320px" }}
            {...form.getInputProps("role")}
          />
          <GroupSelect
            choice={choice}
            label={t("Group")}
            placeholder={t("None")}
            style={{ flex: "1 1 160px" }}
            data-testid="invite-group"
          />
          <Button
            type="submit"
            mt={25}
            leftSection={<IconUserPlus size={16} />}
            loading={invite.isPending}
            data-testid="invite"
          >
            {t("Invite")}
          </Button>
        </Group>
      </form>
      <InviteMany slug={slug} />
      <LinkModal invitation={invited} onClose={() => setInvited(null)} />
    </Card>
  );
}

interface LinkModalProps {
  readonly invitation: NewInvitation | null;
  readonly onClose: () => void;
}

/** The link, which is told this once. */
export function LinkModal({ invitation, onClose }: LinkModalProps) {
  return (
    <Modal
      opened={invitation !== null}
      onClose={onClose}
      title={t("Invitation for {{email}}", { email: invitation?.email ?? "" })}
      size="lg"
    >
      {invitation !== null && (
        <Stack>
          <Text size="sm">
            {t(
              "This site sent no e-mail. Who has an account here finds the invitation after signing in. To anybody else, give this link yourself, by a channel that only they read:",
            )}
          </Text>
          <Code block data-testid="invitation-link" style={{ wordBreak: "break-all", whiteSpace: "pre-wrap" }}>
            {invitation.link}
          </Code>
          <Text size="sm" c="dimmed">
            {t(
              "Whoever holds it can make the account. It works once, until {{expires_at}}, and is not shown again: a new invitation makes a new link and ends this one.",
              { expires_at: formatDate(invitation.expires_at) },
            )}
          </Text>
          <Group justify="flex-end">
            <CopyButton value={invitation.link ?? ""}>
              {({ copied, copy }) => (
                <Button
                  variant="default"
                  leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                  onClick={copy}
                >
                  {copied ? t("Copied") : t("Copy the link")}
                </Button>
              )}
            </CopyButton>
            <Button onClick={onClose}>{t("Done")}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
