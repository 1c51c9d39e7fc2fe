import { t } from "@/i18n";
import { act } from "@/components/common/act";
import {
  Alert,
  Button,
  Group,
  List,
  Menu,
  Modal,
  NumberInput,
  Paper,
  Progress,
  Select,
  Stack,
  TagsInput,
  Text,
} from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { modals } from "@mantine/modals";
import {
  IconArrowBackUp,
  IconArrowsShuffle,
  IconBan,
  IconCalendarDue,
  IconChevronDown,
  IconFlag,
  IconTag,
  IconTagOff,
  IconUserPlus,
  IconX,
} from "@tabler/icons-react";
import { useState } from "react";
import type { BulkAction, BulkOutcome, ExclusionWhy } from "@/api/types";
import { roleWord } from "@/components/common/badges";
import { DANGER } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { notifyUndoable } from "@/components/common/notifyUndoable";
import { GroupSelect } from "@/components/projects/GroupSelect";
import { useCaseTags } from "@/state/caseViews";
import { type GroupChoice, useGroupChoice } from "@/state/groups";
import { useMembers } from "@/state/projects";
import { count, formatNumber } from "@/state/format";
import { useBulk } from "@/state/quality";
import { ExclusionFields, isWhySaid } from "./ExclusionFields";
import { previewTitle, reasonsOf } from "./bulkPreview";
import { undoOf } from "./bulkUndo";

interface BulkBarProps {
  readonly slug: string;
  readonly caseIds: readonly string[];
  readonly onClear: () => void;
}

/** What is asked of the server; a due date is part of how urgent a case is. */
type Act = BulkAction | "due";

const TITLES: Readonly<Record<Act, string>> = {
  give: t("Give to one person"),
  distribute: t("Spread over the raters"),
  take_back: t("Take back"),
  prioritise: t("Change the priority"),
  due: t("Set the due date"),
  exclude: t("Exclude for good"),
  put_back: t("Put back"),
  tag: t("Tag"),
  untag: t("Take tags off"),
};

const VERBS: Readonly<Record<Act, string>> = {
  give: t("Give"),
  distribute: t("Spread"),
  take_back: t("Take back"),
  prioritise: t("Change"),
  due: t("Set"),
  exclude: t("Exclude"),
  put_back: t("Put back"),
  tag: t("Tag"),
  untag: t("Take off"),
};

/** What a manager can do with all selected cases at once. Each act asks first and says what became of each case. */
export function BulkBar({ slug, caseIds, onClear }: BulkBarProps) {
  const [action, setAction] = useState<Act | null>(null);
  if (caseIds.length === 0) return null;
  return (
    <Paper withBorder p="xs" radius="md" mb="sm" role="region" aria-label={t("Selected cases")} data-testid="bulk-bar">
      <Group justify="space-between">
        <Text size="sm" fw={600} pl="xs">
          {t("{{caseIds}} selected", { caseIds: formatNumber(caseIds.length) })}
        </Text>
        <Group gap="xs">
          <Button
            size="xs"
            leftSection={<IconArrowsShuffle size={14} />}
            onClick={() => setAction("distribute")}
            data-testid="bulk-distribute"
          >
            {t("Spread over the raters")}
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconUserPlus size={14} />}
            onClick={() => setAction("give")}
            data-testid="bulk-give"
          >
            {t("Give to…")}
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} />}>
                {t("More")}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconFlag size={14} />} onClick={() => setAction("prioritise")}>
                {t("Change the priority")}
              </Menu.Item>
              <Menu.Item leftSection={<IconCalendarDue size={14} />} onClick={() => setAction("due")}>
                {t("Set the due date")}
              </Menu.Item>
              <Menu.Item leftSection={<IconTag size={14} />} onClick={() => setAction("tag")}>
                {t("Tag…")}
              </Menu.Item>
              <Menu.Item leftSection={<IconTagOff size={14} />} onClick={() => setAction("untag")}>
                {t("Take tags off…")}
              </Menu.Item>
              <Menu.Item color="red" leftSection={<IconX size={14} />} onClick={() => setAction("take_back")}>
                {t("Take back unfinished work")}
              </Menu.Item>
              <Menu.Item color="red" leftSection={<IconBan size={14} />} onClick={() => setAction("exclude")}>
                {t("Exclude for good")}
              </Menu.Item>
              <Menu.Item leftSection={<IconArrowBackUp size={14} />} onClick={() => setAction("put_back")}>
                {t("Put back what is excluded")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button size="xs" variant="subtle" onClick={onClear}>
            {t("Clear selection")}
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
  const again = useBulk(slug);
  const choice = useGroupChoice(slug);
  const people = usePeople(slug, choice);
  const [userId, setUserId] = useState<string | null>(null);
  const [priority, setPriority] = useState(1);
  const [dueOn, setDueOn] = useState<string | null>(null);
  const [why, setWhy] = useState<ExclusionWhy>({ reason: "image_quality", note: "" });
  const [tags, setTags] = useState<string[]>([]);
  const known = useCaseTags(slug).data ?? [];
  const [done, setDone] = useState(0);
  const [preview, setPreview] = useState<{ readonly of: string; readonly outcomes: BulkOutcome[] } | null>(null);
  if (action === null) return null;
  const body = {
    action: action === "due" ? ("prioritise" as const) : action,
    case_ids: [...caseIds],
    ...(userId !== null && (action === "give" || action === "take_back") && { user_id: userId }),
    ...(choice.id !== null && action === "distribute" && { group_id: choice.id }),
    ...(action === "prioritise" && { priority }),
    ...(action === "due" && { due_on: dueOn }),
    ...(action === "exclude" && { exclusion: why }),
    ...((action === "tag" || action === "untag") && { tags }),
  };
  const asked = JSON.stringify(body);
  const begin = (asPreview: boolean, onSuccess: (outcomes: BulkOutcome[]) => void) => {
    setDone(0);
    act(
      bulk,
      { body: { ...body, preview: asPreview }, onProgress: setDone },
      { onSuccess, onError: (error) => notifyFailure(error, asPreview ? t("No preview") : t("Not all was changed")) },
    );
  };
  const submit = () =>
    begin(false, (outcomes) => {
      onClose();
      onDone();
      tell(outcomes, () => void undo(outcomes));
    });
  const undo = async (outcomes: readonly BulkOutcome[]) => {
    const undone: BulkOutcome[] = [];
    try {
      for (const way of undoOf(outcomes)) undone.push(...(await again.mutateAsync({ body: way })));
      tell(undone);
    } catch (error) {
      notifyFailure(error, t("Not all was changed back"));
    }
  };
  const ready =
    (action !== "give" || userId !== null) &&
    (action !== "exclude" || isWhySaid(why)) &&
    ((action !== "tag" && action !== "untag") || tags.length > 0);
  const these =
    caseIds.length === 1 ? t("this case") : t("these {{caseIds}} cases", { caseIds: formatNumber(caseIds.length) });
  return (
    <Modal opened onClose={onClose} title={TITLES[action]}>
      <Stack>
        {action === "distribute" && (
          <Text size="sm">
            {t(
              "Every free place of {{these}} goes to whoever has least in hand, then least of that kind of case (difficulty and part of the spine). Nobody gets what they may not have.",
              { these },
            )}
          </Text>
        )}
        {action === "give" && (
          <Text size="sm">{t("The open task of {{these}} goes to one person, where a place is free.", { these })}</Text>
        )}
        {action === "take_back" && (
          <Text size="sm">
            {t(
              "Unfinished work on {{these}} goes back. Edits stay on record, but those people can no longer work on them.",
              { these },
            )}
          </Text>
        )}
        {(action === "distribute" || action === "give") && (
          <GroupSelect
            choice={choice}
            label={action === "distribute" ? t("Over the people of") : t("Show the people of")}
            data-testid="bulk-group"
          />
        )}
        {(action === "give" || action === "take_back") && (
          <Select
            label={action === "give" ? t("To") : t("From")}
            placeholder={action === "give" ? t("Choose a person") : t("Everybody")}
            searchable
            clearable={action === "take_back"}
            data={people}
            value={userId}
            onChange={setUserId}
          />
        )}
        {action === "prioritise" && (
          <NumberInput
            label={t("Priority")}
            description={t("Cases with a higher number are handed out first")}
            min={-10}
            max={10}
            value={priority}
            onChange={(value) => setPriority(Number(value) || 0)}
          />
        )}
        {action === "due" && (
          <DateInput
            label={t("Due")}
            description={t("Among cases of one priority the earliest are handed out first")}
            placeholder={t("No date")}
            clearable
            valueFormat="D MMM YYYY"
            value={dueOn}
            onChange={setDueOn}
          />
        )}
        {action === "exclude" && (
          <>
            <Text size="sm">
              {t(
                "From now on {{these}} will be nobody's work, not counted and not released. Nothing is deleted: each can be put back.",
                { these },
              )}
            </Text>
            <ExclusionFields why={why} onChange={setWhy} />
          </>
        )}
        {(action === "tag" || action === "untag") && (
          <TagsInput
            label={t("Tags")}
            description={t(
              "Raters see no tags. The list of cases is filtered by them, and a release can ask for them.",
            )}
            placeholder={t("A word, then Enter")}
            data={known.map(({ name }) => name)}
            maxTags={20}
            value={tags}
            onChange={setTags}
            data-testid="bulk-tags"
          />
        )}
        {action === "put_back" && (
          <Text size="sm">
            {t("What is excluded of {{these}} counts again and goes on where it stood.", { these })}
          </Text>
        )}
        {preview?.of === asked && <BulkPreview outcomes={preview.outcomes} />}
        {bulk.isPending && caseIds.length > 50 && (
          <Progress
            value={(100 * done) / caseIds.length}
            aria-label={t("{{done}} of {{caseIds}} done", { done, caseIds: caseIds.length })}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button
            variant="default"
            onClick={() => begin(true, (outcomes) => setPreview({ of: asked, outcomes }))}
            loading={bulk.isPending}
            disabled={!ready}
            data-testid="bulk-preview"
          >
            {t("What will change?")}
          </Button>
          <Button
            onClick={submit}
            loading={bulk.isPending}
            disabled={!ready}
            {...((action === "take_back" || action === "exclude") && { color: DANGER })}
            data-testid="bulk-confirm"
          >
            {VERBS[action]}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** What would become of the cases: how many change, and why the others do not. */
function BulkPreview({ outcomes }: { readonly outcomes: readonly BulkOutcome[] }) {
  return (
    <Alert color="petrol" title={previewTitle(outcomes)} data-testid="bulk-would">
      <List size="sm" spacing={2}>
        {reasonsOf(outcomes).map(({ message, count: n, aliases }) => (
          <List.Item key={message}>
            {message} {count(n, "case")} ({aliases})
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function usePeople(slug: string, { holds }: GroupChoice): { value: string; label: string }[] {
  const members = useMembers(slug);
  const names = new Map<string, string>();
  for (const { user, role, active } of members.data ?? []) {
    if (active && holds(user.id) && (role === "rater" || role === "radiologist")) {
      names.set(user.id, `${user.name} (${roleWord(role, 1)})`);
    }
  }
  return [...names].map(([value, label]) => ({ value, label }));
}

/** What became of the cases, with the way back where there is one. */
function tell(outcomes: readonly BulkOutcome[], undo?: () => void): void {
  const failed = outcomes.filter(({ done }) => !done);
  const done = outcomes.length - failed.length;
  const said =
    done === 1 ? (outcomes.find((one) => one.done)?.message ?? t("Done")) : t("Done for {{done}} cases.", { done });
  if (undo !== undefined && undoOf(outcomes).length > 0) notifyUndoable(said, undo);
  else if (failed.length === 0) notifyDone(said);
  if (failed.length === 0) return;
  modals.open({
    title: t("Done for {{done}} of {{outcomes}} cases", { done, outcomes: outcomes.length }),
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
