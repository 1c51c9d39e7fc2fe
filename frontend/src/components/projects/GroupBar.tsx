import { ActionIcon, Button, Group, Menu, Paper, Text } from "@mantine/core";
import { IconChevronDown, IconDots, IconUsersGroup, IconUsersMinus, IconUsersPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { PeopleGroup } from "@/api/types";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { t } from "@/i18n";
import { count } from "@/state/format";
import { type GroupChoice, useGroupActions } from "@/state/groups";
import { GroupNameModal } from "./GroupNameModal";
import { GroupFilter } from "./GroupSelect";

interface GroupBarProps {
  readonly slug: string;
  readonly choice: GroupChoice;
  /** People who are ticked in the list. */
  readonly people: readonly string[];
  readonly onClear: () => void;
}

const failed = (error: unknown) => notifyFailure(error, t("Not changed"));

/** The groups of a project: filters the list below, and puts who is ticked there in and out. */
export function GroupBar({ slug, choice, people, onClear }: GroupBarProps) {
  const [naming, setNaming] = useState<PeopleGroup | "new" | null>(null);
  const { make, rename, change } = useGroupActions(slug);
  const chosen = choice.groups.find(({ id }) => id === choice.id);
  const close = () => setNaming(null);
  const made = (group: PeopleGroup) => {
    close();
    if (people.length === 0) {
      notifyDone(t("{{name}} was made. Tick people in the list to put them in.", { name: group.name }));
      return;
    }
    act(change, { id: group.id, putIn: people }, { onSuccess: onClear, onError: failed });
  };
  return (
    <>
      <Group justify="space-between" p="md" gap="sm">
        <Group gap="xs">
          <GroupFilter choice={choice} />
          {choice.groups.length === 0 && (
            <Text size="sm" c="dimmed">
              {t("Tick people to put them into a group.")}
            </Text>
          )}
          {chosen !== undefined && (
            <GroupMenu
              slug={slug}
              group={chosen}
              onRename={() => setNaming(chosen)}
              onGone={() => choice.choose(null)}
            />
          )}
        </Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconUsersGroup size={14} />}
          onClick={() => setNaming("new")}
          data-testid="new-group"
        >
          {people.length === 0 ? t("New group") : t("New group of those ticked")}
        </Button>
      </Group>
      {people.length > 0 && <TickedBar slug={slug} groups={choice.groups} people={people} onClear={onClear} />}
      {naming === "new" && (
        <GroupNameModal
          title={t("New group")}
          verb={t("Make the group")}
          pending={make.isPending}
          onClose={close}
          onName={(name) => act(make, name, { onSuccess: made, onError: failed })}
        />
      )}
      {naming !== null && naming !== "new" && (
        <GroupNameModal
          title={t("Rename {{name}}", { name: naming.name })}
          verb={t("Rename")}
          name={naming.name}
          pending={rename.isPending}
          onClose={close}
          onName={(name) => act(rename, { id: naming.id, name }, { onSuccess: close, onError: failed })}
        />
      )}
    </>
  );
}

interface GroupMenuProps {
  readonly slug: string;
  readonly group: PeopleGroup;
  readonly onRename: () => void;
  readonly onGone: () => void;
}

function GroupMenu({ slug, group, onRename, onGone }: GroupMenuProps) {
  const { remove } = useGroupActions(slug);
  const askRemove = () =>
    confirm({
      title: t("Delete the group {{name}}?", { name: group.name }),
      body: t("Its people stay in the project with all their work. Open invitations to it stay, without a group."),
      verb: t("Delete"),
      danger: true,
      onConfirm: () => act(remove, group.id, { onSuccess: onGone, onError: failed }),
    });
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t("Actions for {{name}}", { name: group.name })}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onRename}>{t("Rename…")}</Menu.Item>
        <Menu.Item color="red" onClick={askRemove}>
          {t("Delete the group")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface TickedBarProps {
  readonly slug: string;
  readonly groups: readonly PeopleGroup[];
  readonly people: readonly string[];
  readonly onClear: () => void;
}

/** What can be done with all who are ticked. */
function TickedBar({ slug, groups, people, onClear }: TickedBarProps) {
  const { change } = useGroupActions(slug);
  const ends = { onSuccess: onClear, onError: failed };
  const theirs = groups.filter(({ user_ids: ids }) => people.some((id) => ids.includes(id)));
  return (
    <Paper withBorder mx="md" mb="md" p="xs" radius="md" role="region" aria-label={t("People who are ticked")}>
      <Group justify="space-between">
        <Text size="sm" fw={600} pl="xs" role="status">
          {t("{{people}} ticked", { people: count(people.length, "person", "people") })}
        </Text>
        <Group gap="xs">
          <PickGroup
            label={t("Put into a group")}
            icon={<IconUsersPlus size={14} />}
            groups={groups}
            onPick={({ id }) => act(change, { id, putIn: people }, ends)}
          />
          <PickGroup
            label={t("Take out of a group")}
            icon={<IconUsersMinus size={14} />}
            groups={theirs}
            onPick={({ id }) => act(change, { id, takeOut: people }, ends)}
          />
          <Button size="xs" variant="subtle" onClick={onClear}>
            {t("Clear selection")}
          </Button>
        </Group>
      </Group>
    </Paper>
  );
}

interface PickGroupProps {
  readonly label: string;
  readonly icon: React.ReactNode;
  readonly groups: readonly PeopleGroup[];
  readonly onPick: (group: PeopleGroup) => void;
}

function PickGroup({ label, icon, groups, onPick }: PickGroupProps) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          leftSection={icon}
          rightSection={<IconChevronDown size={14} />}
          disabled={groups.length === 0}
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {groups.map((group) => (
          <Menu.Item key={group.id} onClick={() => onPick(group)}>
            {group.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
