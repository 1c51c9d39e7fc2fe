import { answered, t } from "@/i18n";
import { act } from "@/components/common/act";
import {
  Alert,
  Button,
  Group,
  List,
  Modal,
  NumberInput,
  Progress,
  Select,
  Stack,
  TagsInput,
  Text,
  Textarea,
} from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { modals } from "@mantine/modals";
import { useState } from "react";
import type { BulkOutcome, ExclusionWhy } from "@/api/types";
import { roleWord } from "@/components/common/badges";
import { DANGER } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { notifyUndoable } from "@/components/common/notifyUndoable";
import { GroupSelect } from "@/components/projects/GroupSelect";
import { useCaseTags } from "@/state/caseViews";
import { type GroupChoice, useGroupChoice } from "@/state/groups";
import { useMembers } from "@/state/projects";
import { count, formatNumber } from "@/state/format";
import { type BulkResult, useBulk } from "@/state/quality";
import { ExclusionFields, isWhySaid } from "./ExclusionFields";
import { previewTitle, reasonsOf } from "./bulkPreview";
import { undoOf } from "./bulkUndo";
import { type Act, GRAVE, TITLES, UNDO, VERBS, WITH_PERSON } from "./bulkWords";

interface BulkModalProps {
  readonly slug: string;
  readonly caseIds: readonly string[];
  readonly action: Act | null;
  readonly onClose: () => void;
  /** What is left to do: nothing, or those after the one where it broke off. */
  readonly onDone: (left: readonly string[]) => void;
}

/** Asks before an act on many cases, shows what it would change, and does it. */
export function BulkModal({ slug, caseIds, action, onClose, onDone }: BulkModalProps) {
  const bulk = useBulk(slug);
  const again = useBulk(slug);
  const choice = useGroupChoice(slug);
  const people = usePeople(slug, choice);
  const [userId, setUserId] = useState<string | null>(null);
  const [fromId, setFromId] = useState<string | null>(null);
  const [comment, setComment] = useState("");
  const [priority, setPriority] = useState(1);
  const [dueOn, setDueOn] = useState<string | null>(null);
  const [why, setWhy] = useState<ExclusionWhy>({ reason: "image_quality", note: "" });
  const [tags, setTags] = useState<string[]>([]);
  const known = useCaseTags(slug).data ?? [];
  const [done, setDone] = useState(0);
  const [preview, setPreview] = useState<{ readonly of: string; readonly outcomes: readonly BulkOutcome[] } | null>(
    null,
  );
  if (action === null) return null;
  const some = { case_ids: [...caseIds] };
  const changes = {
    ...some,
    ...(userId !== null && WITH_PERSON.includes(action) && { user_id: userId }),
    ...(fromId !== null && action === "reassign" && { from_user_id: fromId }),
    ...(choice.id !== null && action === "distribute" && { group_id: choice.id }),
    ...(action === "prioritise" && { priority }),
    ...(action === "due" && { due_on: dueOn }),
    ...(action === "exclude" && { exclusion: why }),
    ...((action === "tag" || action === "untag") && { tags }),
  };
  const body =
    action === "return"
      ? { ...some, action, comment: comment.trim() }
      : { ...changes, action: action === "due" ? ("prioritise" as const) : action };
  const asked = JSON.stringify(body);
  const begin = (asPreview: boolean, onSuccess: (result: BulkResult) => void) => {
    setDone(0);
    act(
      bulk,
      { body: { ...body, preview: asPreview }, onProgress: setDone },
      { onSuccess, onError: (error) => notifyFailure(error, asPreview ? t("No preview") : t("Not all was changed")) },
    );
  };
  const submit = () =>
    begin(false, ({ outcomes, broken, left }) => {
      onClose();
      onDone(left);
      if (broken !== null) notifyFailure(broken, t("Not all was changed. What is left is still selected."));
      tell(outcomes, () => void undo(outcomes));
    });
  const undo = async (outcomes: readonly BulkOutcome[]) => {
    const undone: BulkOutcome[] = [];
    try {
      for (const way of undoOf(outcomes)) {
        const { outcomes: some, broken } = await again.mutateAsync({ body: way });
        undone.push(...some);
        if (broken !== null) throw broken;
      }
    } catch (error) {
      notifyFailure(error, t("Not all was changed back"));
    }
    if (undone.length > 0) tell(undone);
  };
  const ready =
    ((action !== "give" && action !== "reassign") || userId !== null) &&
    (action !== "return" || comment.trim() !== "") &&
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
        {action === "reassign" && (
          <Text size="sm">
            {t(
              "What one person has in hand of {{these}} goes to another, who begins anew. Edits stay on record. Who may not have a case leaves it where it is.",
              { these },
            )}
          </Text>
        )}
        {action === "return" && (
          <>
            <Text size="sm">
              {t(
                "Of {{these}} what is accepted gets a new review, and what waits for its review goes to whoever did the work behind it. What is being worked on stays. Releases keep what they have.",
                { these },
              )}
            </Text>
            <Textarea
              label={t("What is to be done")}
              description={t("Whoever gets a case reads this: name no other rater.")}
              rows={3}
              maxLength={4000}
              data-autofocus
              value={comment}
              onChange={(event) => setComment(event.currentTarget.value)}
              data-testid="bulk-comment"
            />
          </>
        )}
        {(action === "distribute" || action === "give") && (
          <GroupSelect
            choice={choice}
            label={action === "distribute" ? t("Over the people of") : t("Show the people of")}
            data-testid="bulk-group"
          />
        )}
        {action === "reassign" && (
          <Select
            label={t("From")}
            placeholder={t("Whoever has it in hand")}
            searchable
            clearable
            data={people}
            value={fromId}
            onChange={setFromId}
          />
        )}
        {WITH_PERSON.includes(action) && (
          <Select
            label={action === "take_back" ? t("From") : t("To")}
            placeholder={action === "take_back" ? t("Everybody") : t("Choose a person")}
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
        <Text size="xs" c="dimmed" data-testid="bulk-undo">
          {UNDO[action]}
        </Text>
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
            onClick={() => begin(true, ({ outcomes }) => setPreview({ of: asked, outcomes }))}
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
            {...(GRAVE.includes(action) && { color: DANGER })}
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
            {answered(message)} {count(n, "case")} ({aliases})
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
    done === 1
      ? answered(outcomes.find((one) => one.done)?.message ?? t("Done"))
      : t("Done for {{done}} cases.", { done });
  if (undo !== undefined && undoOf(outcomes).length > 0) notifyUndoable(said, undo);
  else if (failed.length === 0) notifyDone(said);
  if (failed.length === 0) return;
  modals.open({
    title: t("Done for {{done}} of {{outcomes}} cases", { done, outcomes: outcomes.length }),
    children: (
      <List size="sm" spacing={4} data-testid="bulk-failures">
        {failed.map(({ case_id: id, alias, message }) => (
          <List.Item key={id}>
            <b>{alias}</b>: {answered(message)}
          </List.Item>
        ))}
      </List>
    ),
  });
}
