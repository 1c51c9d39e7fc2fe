import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Badge, Button, Card, Group, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Role } from "@/api/types";
import { ROLE_NAMES } from "@/components/common/badges";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { formatDate } from "@/state/format";
import { type Invitation, type NewInvitation, useInvitationActions, useInvitations } from "@/state/invitations";
import { LinkModal } from "./InviteForm";

/** Who was invited and has not come yet; nothing where nobody is awaited. */
export function InvitationTable({ slug }: { readonly slug: string }) {
  const { data: rows = [] } = useInvitations(slug);
  const { invite, withdraw } = useInvitationActions(slug);
  const [renewed, setRenewed] = useState<NewInvitation | null>(null);
  const renew = ({ email, role, group_id: groupId }: Invitation) =>
    act(
      invite,
      { email, role: role as Role, group_id: groupId },
      {
        onSuccess: (invitation) => {
          if (invitation.link === null) notifyDone(t("{{email}} was sent a new link.", { email }));
          else setRenewed(invitation);
        },
        onError: (error) => notifyFailure(error, t("Not invited")),
      },
    );
  const askWithdraw = ({ id, email }: Invitation) =>
    confirm({
      title: t("Withdraw the invitation of {{email}}?", { email }),
      body: t("Its link stops working at once."),
      verb: t("Withdraw"),
      danger: true,
      onConfirm: () => act(withdraw, id, { onError: (error) => notifyFailure(error, t("Not withdrawn")) }),
    });
  return (
    <>
      {rows.length > 0 && (
        <Card padding={0} data-testid="invitations">
          <Title order={2} size="h4" p="lg" pb="sm">
            {t("Invited")}
          </Title>
          <Table.ScrollContainer minWidth={640}>
            <Table verticalSpacing="sm" horizontalSpacing="lg">
              <Table.Tbody>
                {rows.map((row) => (
                  <Table.Tr key={row.id}>
                    <Table.Td>
                      <Text size="sm">{row.email}</Text>
                      <Text size="xs" c="dimmed">
                        {t("by {{invited_by}}, until {{expires_at}}", {
                          invited_by: row.invited_by,
                          expires_at: formatDate(row.expires_at),
                        })}
                      </Text>
                    </Table.Td>
                    <Table.Td>
                      {ROLE_NAMES[row.role]}
                      {row.group_name !== null && (
                        <Text size="xs" c="dimmed">
                          {t("joins {{group}}", { group: row.group_name })}
                        </Text>
                      )}
                    </Table.Td>
                    <Table.Td>
                      {row.declined_at !== null ? (
                        <Badge color="gray">{t("Declined")}</Badge>
                      ) : (
                        <Badge color={row.mailed_at === null ? "amber" : "blue"}>
                          {row.mailed_at === null ? t("Link given by hand") : t("Sent by e-mail")}
                        </Badge>
                      )}
                    </Table.Td>
                    <Table.Td>
                      <Group gap="xs" justify="flex-end">
                        <Button size="compact-sm" variant="default" onClick={() => renew(row)}>
                          {t("New link")}
                        </Button>
                        <Button size="compact-sm" variant="subtle" color="red" onClick={() => askWithdraw(row)}>
                          {t("Withdraw")}
                        </Button>
                      </Group>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Card>
      )}
      <LinkModal invitation={renewed} onClose={() => setRenewed(null)} />
    </>
  );
}
