import { ActionIcon, Avatar, Badge, Card, Checkbox, Group, Menu, Table, Text } from "@mantine/core";
import { IconDots, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import type { Member } from "@/api/types";
import { act } from "@/components/common/act";
import { ActionsHead } from "@/components/common/ActionsHead";
import { ROLE_NAMES, roleWord } from "@/components/common/badges";
import { confirm } from "@/components/common/confirm";
import { Message } from "@/components/common/Message";
import { notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { t } from "@/i18n";
import { count, formatDate } from "@/state/format";
import { type GroupChoice, useGroupChoice } from "@/state/groups";
import { useMemberActions, useMembers } from "@/state/projects";
import { absenceOf } from "./absence";
import { AwayModal } from "./AwayModal";
import { GroupBar } from "./GroupBar";
import { LimitsModal } from "./LimitsModal";

/** Everybody in the project, and the groups that they are in. */
export function MemberTable({ slug }: { readonly slug: string }) {
  const members = useMembers(slug);
  const choice = useGroupChoice(slug);
  const [away, setAway] = useState<Member | null>(null);
  const [limited, setLimited] = useState<Member | null>(null);
  return (
    <>
      <QueryState query={members}>
        {(rows) =>
          rows.length === 0 ? (
            <Message icon={<IconUsers />} title={t("Nobody here yet")} />
          ) : (
            <Members slug={slug} members={rows} choice={choice} onAway={setAway} onLimit={setLimited} />
          )
        }
      </QueryState>
      {away !== null && <AwayModal slug={slug} member={away} onClose={() => setAway(null)} />}
      {limited !== null && <LimitsModal slug={slug} member={limited} onClose={() => setLimited(null)} />}
    </>
  );
}

interface MembersProps {
  readonly slug: string;
  readonly members: readonly Member[];
  readonly choice: GroupChoice;
  readonly onAway: (member: Member) => void;
  readonly onLimit: (member: Member) => void;
}

function Members({ slug, members, choice, onAway, onLimit }: MembersProps) {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const shown = members.filter(({ user }) => choice.holds(user.id));
  const people = [...new Set(shown.map(({ user }) => user.id))];
  // Who is not shown is not meant.
  const chosen = people.filter((id) => ticked.has(id));
  const tick = (ids: readonly string[], on: boolean) => {
    const next = new Set(ticked);
    for (const id of ids) {
      if (on) next.add(id);
      else next.delete(id);
    }
    setTicked(next);
  };
  return (
    <Card padding={0}>
      <GroupBar slug={slug} choice={choice} people={chosen} onClear={() => setTicked(new Set())} />
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing="sm" horizontalSpacing="lg" data-testid="members">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={48}>
                <Checkbox
                  aria-label={t("Tick everybody in this list")}
                  checked={people.length > 0 && chosen.length === people.length}
                  indeterminate={chosen.length > 0 && chosen.length < people.length}
                  disabled={people.length === 0}
                  onChange={({ currentTarget: { checked } }) => tick(people, checked)}
                />
              </Table.Th>
              <Table.Th>{t("Person")}</Table.Th>
              <Table.Th>{t("Role")}</Table.Th>
              <Table.Th>{t("State")}</Table.Th>
              <ActionsHead />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((member) => (
              <MemberRow
                key={member.id}
                slug={slug}
                member={member}
                groups={choice.groups
                  .filter(({ user_ids: ids }) => ids.includes(member.user.id))
                  .map(({ name }) => name)}
                ticked={ticked.has(member.user.id)}
                onTick={(on) => tick([member.user.id], on)}
                onAway={() => onAway(member)}
                onLimit={() => onLimit(member)}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {shown.length === 0 && (
        <Text c="dimmed" size="sm" p="lg">
          {t("Nobody is in this group yet. Show everybody, tick people and put them in.")}
        </Text>
      )}
    </Card>
  );
}

interface MemberRowProps {
  readonly slug: string;
  readonly member: Member;
  readonly groups: readonly string[];
  readonly ticked: boolean;
  readonly onTick: (on: boolean) => void;
  readonly onAway: () => void;
  readonly onLimit: () => void;
}

function MemberRow({ slug, member, groups, ticked, onTick, onAway, onLimit }: MemberRowProps) {
  const { change, remove } = useMemberActions(slug);
  const { id, user, role, active } = member;
  const { away_from: awayFrom, away_until: awayUntil } = absenceOf(member);
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
        <Checkbox
          aria-label={t("Tick {{name}} as {{role}}", { name: user.name, role: roleWord(role, 1) })}
          checked={ticked}
          onChange={({ currentTarget: { checked } }) => onTick(checked)}
        />
      </Table.Td>
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
            {groups.length > 0 && (
              <Group gap={4} mt={4}>
                {groups.map((name) => (
                  <Badge key={name} size="xs" variant="light" color="gray" tt="none">
                    {name}
                  </Badge>
                ))}
              </Group>
            )}
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
