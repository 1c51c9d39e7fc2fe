import { act } from "@/components/common/act";
import { Button, Group, List, Menu, Modal, NumberInput, Paper, Select, Stack, Text } from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { modals } from "@mantine/modals";
import {
  IconArrowsShuffle,
  IconCalendarDue,
  IconChevronDown,
  IconFlag,
  IconUserPlus,
  IconX,
} from "@tabler/icons-react";
import { useState } from "react";
import type { BulkAction, BulkOutcome } from "@/api/types";
import { ROLE_NAMES } from "@/components/common/badges";
import { DANGER } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useMembers } from "@/state/projects";
import { useBulk } from "@/state/quality";

interface BulkBarProps {
  readonly slug: string;
  readonly caseIds: readonly string[];
  readonly onClear: () => void;
}

/** What is asked of the server; a due date is part of how urgent a case is. */
type Act = BulkAction | "due";

const TITLES: Readonly<Record<Act, string>> = {
  give: "Give to one person",
  distribute: "Spread over the raters",
  take_back: "Take back",
  prioritise: "Change the priority",
  due: "Set the due date",
};

const VERBS: Readonly<Record<Act, string>> = {
  give: "Give",
  distribute: "Spread",
  take_back: "Take back",
  prioritise: "Change",
  due: "Set",
};

/** What a manager can do with all selected cases at once. Each act asks first and says what became of each case. */
export function BulkBar({ slug, caseIds, onClear }: BulkBarProps) {
  const [action, setAction] = useState<Act | null>(null);
  if (caseIds.length === 0) return null;
  return (
    <Paper withBorder p="xs" radius="md" mb="sm" role="region" aria-label="Selected cases" data-testid="bulk-bar">
      <Group justify="space-between">
        <Text size="sm" fw={600} pl="xs">
          {caseIds.length} selected
        </Text>
        <Group gap="xs">
          <Button
            size="xs"
            leftSection={<IconArrowsShuffle size={14} />}
            onClick={() => setAction("distribute")}
            data-testid="bulk-distribute"
          >
            Spread over the raters
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconUserPlus size={14} />}
            onClick={() => setAction("give")}
            data-testid="bulk-give"
          >
            Give to…
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} />}>
                More
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconFlag size={14} />} onClick={() => setAction("prioritise")}>
                Change the priority
              </Menu.Item>
              <Menu.Item leftSection={<IconCalendarDue size={14} />} onClick={() => setAction("due")}>
                Set the due date
              </Menu.Item>
              <Menu.Item color="red" leftSection={<IconX size={14} />} onClick={() => setAction("take_back")}>
                Take back unfinished work
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button size="xs" variant="subtle" onClick={onClear}>
            Clear selection
          </Button>
        </Group>
      </Group>
      <BulkModal slug={slug} caseIds={caseIds} action={action} onClose={() => setAction(null)} onDone={onClear} />
    </Paper>
  );
}

interface BulkModalProps {
  readonly slug: string;
  readonly caseIds: readonly string[];
  readonly action: Act | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function BulkModal({ slug, caseIds, action, onClose, onDone }: BulkModalProps) {
  const bulk = useBulk(slug);
  const people = usePeople(slug);
  const [userId, setUserId] = useState<string | null>(null);
  const [priority, setPriority] = useState(1);
  const [dueOn, setDueOn] = useState<string | null>(null);
  if (action === null) return null;
  const submit = () =>
    act(
      bulk,
      {
        action: action === "due" ? "prioritise" : action,
        case_ids: [...caseIds],
        ...(userId !== null && (action === "give" || action === "take_back") && { user_id: userId }),
        ...(action === "prioritise" && { priority }),
        ...(action === "due" && { due_on: dueOn }),
      },
      {
        onSuccess: (outcomes) => {
          onClose();
          onDone();
          tell(outcomes);
        },
        onError: (error) => notifyFailure(error, "Nothing was changed"),
      },
    );
  const count = caseIds.length === 1 ? "this case" : `these ${caseIds.length} cases`;
  return (
    <Modal opened onClose={onClose} title={TITLES[action]}>
      <Stack>
        {action === "distribute" && (
          <Text size="sm">
            Every free place of {count} goes to whoever has least in hand, then least of that kind of case (difficulty
            and part of the spine). Nobody gets what they may not have.
          </Text>
        )}
        {action === "give" && (
          <Text size="sm">The open task of {count} goes to one person, where a place is free.</Text>
        )}
        {action === "take_back" && (
          <Text size="sm">
            Unfinished work on {count} goes back. Edits stay on record, but those people can no longer work on them.
          </Text>
        )}
        {(action === "give" || action === "take_back") && (
          <Select
            label={action === "give" ? "To" : "From"}
            placeholder={action === "give" ? "Choose a person" : "Everybody"}
            searchable
            clearable={action === "take_back"}
            data={people}
            value={userId}
            onChange={setUserId}
          />
        )}
        {action === "prioritise" && (
          <NumberInput
            label="Priority"
            description="Cases with a higher number are handed out first"
            min={-10}
            max={10}
            value={priority}
            onChange={(value) => setPriority(Number(value) || 0)}
          />
        )}
        {action === "due" && (
          <DateInput
            label="Due"
            description="Among cases of one priority the earliest are handed out first"
            placeholder="No date"
            clearable
            valueFormat="D MMM YYYY"
            value={dueOn}
            onChange={setDueOn}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            onClick={submit}
            loading={bulk.isPending}
            disabled={action === "give" && userId === null}
            {...(action === "take_back" && { color: DANGER })}
            data-testid="bulk-confirm"
          >
            {VERBS[action]}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function usePeople(slug: string): { value: string; label: string }[] {
  const members = useMembers(slug);
  const names = new Map<string, string>();
  for (const { user, role, active } of members.data ?? []) {
    if (active && (role === "rater" || role === "radiologist")) {
      names.set(user.id, `${user.name} (${ROLE_NAMES[role].toLowerCase()})`);
    }
  }
  return [...names].map(([value, label]) => ({ value, label }));
}

function tell(outcomes: readonly BulkOutcome[]): void {
  const failed = outcomes.filter(({ done }) => !done);
  const done = outcomes.length - failed.length;
  if (failed.length === 0) {
    notifyDone(done === 1 ? (outcomes[0]?.message ?? "Done") : `Done for ${done} cases.`);
    return;
  }
  modals.open({
    title: `Done for ${done} of ${outcomes.length} cases`,
    children: (
      <List size="sm" spacing={4} data-testid="bulk-failures">
        {failed.map(({ case_id: id, alias, message }) => (
          <List.Item key={id}>
            <b>{alias}</b>: {message}
          </List.Item>
        ))}
      </List>
    ),
  });
}
