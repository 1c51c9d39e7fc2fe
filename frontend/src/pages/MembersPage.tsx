import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { ActionIcon, Avatar, Badge, Button, Card, Group, Menu, Stack, Table, Text } from "@mantine/core";
import { IconDots, IconDownload, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import type { Member } from "@/api/types";
import { ActionsHead } from "@/components/common/ActionsHead";
import { ROLE_NAMES, roleWord } from "@/components/common/badges";
import { confirm } from "@/components/common/confirm";
import { Message } from "@/components/common/Message";
import { notifyFailure } from "@/components/common/notify";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { AwayModal } from "@/components/projects/AwayModal";
import { InvitationTable } from "@/components/projects/InvitationTable";
import { InviteForm } from "@/components/projects/InviteForm";
import { LimitsModal } from "@/components/projects/LimitsModal";
import { ReceiptTable } from "@/components/projects/ReceiptTable";
import { RequireRole } from "@/components/projects/RequireRole";
import { StaffingNote } from "@/components/projects/StaffingNote";
import { useSlug } from "@/components/projects/useSlug";
import { count, formatDate } from "@/state/format";
import { creditTableUrl, useMemberActions, useMembers, useProject } from "@/state/projects";

export function MembersPage() {
  const slug = useSlug();
  const project = useProject(slug);
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader
        title={t("Members")}
        description={t(
          "Who works in this project, and as what. One person can have several roles, but never reviews their own work.",
        )}
      />
      <Stack gap="lg">
        <StaffingNote project={project} />
        <InviteForm slug={slug} />
        <InvitationTable slug={slug} />
        <MemberTable slug={slug} />
        <ReceiptTable slug={slug} />
        <Group justify="flex-end">
          <Button
            component="a"
            href={creditTableUrl(slug)}
            variant="default"
            leftSection={<IconDownload size={16} />}
            title={t("Hours, cases and vertebrae of each person, for authorship and pay")}
            data-testid="credit-table"
          >
            {t("Credit of each person (CSV)")}
          </Button>
        </Group>
      </Stack>
    </RequireRole>
  );
}

function MemberTable({ slug }: { readonly slug: string }) {
  const members = useMembers(slug);
  const [away, setAway] = useState<Member | null>(null);
  const [limited, setLimited] = useState<Member | null>(null);
  return (
    <>
      <QueryState query={members}>
        {(rows) =>
          rows.length === 0 ? (
            <Message icon={<IconUsers />} title={t("Nobody here yet")} />
          ) : (
            <Card padding={0}>
              <Table.ScrollContainer minWidth={640}>
                <Table verticalSpacing="sm" horizontalSpacing="lg" data-testid="members">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("Person")}</Table.Th>
                      <Table.Th>{t("Role")}</Table.Th>
                      <Table.Th>{t("State")}</Table.Th>
                      <ActionsHead />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {rows.map((member) => (
                      <MemberRow
                        key={member.id}
                        slug={slug}
                        member={member}
                        onAway={() => setAway(member)}
                        onLimit={() => setLimited(member)}
                      />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            </Card>
          )
        }
      </QueryState>
      {away !== null && <AwayModal slug={slug} member={away} onClose={() => setAway(null)} />}
      {limited !== null && <LimitsModal slug={slug} member={limited} onClose={() => setLimited(null)} />}
    </>
  );
}

interface MemberRowProps {
  readonly slug: string;
  readonly member: Member;
  readonly onAway: () => void;
  readonly onLimit: () => void;
}

function MemberRow({ slug, member, onAway, onLimit }: MemberRowProps) {
  const { change, remove } = useMemberActions(slug);
  const { id, user, role, active, away_from: awayFrom, away_until: awayUntil } = member;
  const onError = (error: unknown) => notifyFailure(error, t("Not changed"));
  const askRemove = () =>
    confirm({
      title: t("Remove {{name}} as {{role}}?", { name: user.name, role: roleWord(role, 1) }),
      body: t("What they have submitted stays. Their open tasks go back to be taken by others."),
      verb: t("Remove"),
      danger: true,
      onConfirm: () => act(remove, id, { onError }),
    });
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="sm" wrap="nowrap">
          <Avatar name={user.name} size={32} color="petrol" />
          <div>
            <Text size="sm" fw={500}>
              {user.name}
            </Text>
            <Text size="xs" c="dimmed">
              {user.email}
            </Text>
          </div>
        </Group>
      </Table.Td>
      <Table.Td>{ROLE_NAMES[role]}</Table.Td>
      <Table.Td>
        {!active ? (
          <Badge color="gray">{t("Paused")}</Badge>
        ) : awayUntil !== null ? (
          <Badge color="amber">
            {t("Away {{awayFrom}}until {{awayUntil}}", {
              awayFrom: awayFrom === null ? "" : `${formatDate(awayFrom)} `,
              awayUntil: formatDate(awayUntil),
            })}
          </Badge>
        ) : (
          <Badge color="green">{t("Active")}</Badge>
        )}
        {awayUntil !== null && member.work_waits && (
          <Text size="xs" c="dimmed">
            {t("work waits for them")}
          </Text>
        )}
        <LimitsLine member={member} />
      </Table.Td>
      <Table.Td ta="right">
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t("Actions for {{name}}", { name: user.name })}>
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={onLimit}>{t("Set limits")}</Menu.Item>
            <Menu.Item onClick={onAway}>{t("Set as away")}</Menu.Item>
            {awayUntil !== null && (
              <Menu.Item onClick={() => act(change, { id, away_until: null }, { onError })}>{t("Is back")}</Menu.Item>
            )}
            <Menu.Item onClick={() => act(change, { id, active: !active }, { onError })}>
              {active ? t("Pause") : t("Reactivate")}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item color="red" onClick={askRemove}>
              {t("Remove")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

/** What limits the person's work; nothing where nothing does. */
function LimitsLine({ member: { max_open: open, max_weekly_hours: hours } }: { readonly member: Member }) {
  const limits = [
    ...(open !== null ? [t("{{tasks}} at once", { tasks: count(open, "task") })] : []),
    ...(hours !== null ? [t("{{hours}} h a week", { hours })] : []),
  ];
  if (limits.length === 0) return null;
  return (
    <Text size="xs" c="dimmed">
      {t("at most {{limits}}", { limits: limits.join(", ") })}
    </Text>
  );
}
