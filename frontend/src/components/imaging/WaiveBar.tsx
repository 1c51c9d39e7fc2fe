import { Alert, Button, Group, List, Modal, Paper, Select, Stack, Text, Textarea } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconDoorEnter } from "@tabler/icons-react";
import { useState } from "react";
import type { components } from "@/api/schema";
import { answered, t } from "@/i18n";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { notifyUndoable } from "@/components/common/notifyUndoable";
import { count, formatNumber } from "@/state/format";
import { useKeptOut, useWaiveMany } from "@/state/rules";

type Outcome = components["schemas"]["WaiverOutcome"];

interface WaiveBarProps {
  readonly slug: string;
  readonly seriesIds: readonly string[];
  /** The rule that the list is filtered by. */
  readonly rule: string | null;
  readonly onClear: () => void;
}

/** What a manager can do with all selected series at once: let them in although they failed a rule. */
export function WaiveBar({ slug, seriesIds, rule, onClear }: WaiveBarProps) {
  const [open, setOpen] = useState(false);
  if (seriesIds.length === 0) return null;
  return (
    <Paper
      withBorder
      p="xs"
      radius="md"
      mb="sm"
      role="region"
      aria-label={t("Selected series")}
      data-testid="series-bar"
    >
      <Group justify="space-between">
        <Text size="sm" fw={600} pl="xs">
          {t("{{caseIds}} selected", { caseIds: formatNumber(seriesIds.length) })}
        </Text>
        <Group gap="xs">
          <Button
            size="xs"
            leftSection={<IconDoorEnter size={14} />}
            onClick={() => setOpen(true)}
            data-testid="waive-many"
          >
            {t("Waive a rule…")}
          </Button>
          <Button size="xs" variant="subtle" onClick={onClear}>
            {t("Clear selection")}
          </Button>
        </Group>
      </Group>
      {open && <WaiveModal slug={slug} ids={seriesIds} first={rule} onClose={() => setOpen(false)} onDone={onClear} />}
    </Paper>
  );
}

interface WaiveModalProps {
  readonly slug: string;
  readonly ids: readonly string[];
  readonly first: string | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function WaiveModal({ slug, ids, first, onClose, onDone }: WaiveModalProps) {
  const rules = useKeptOut(slug).data ?? [];
  const waive = useWaiveMany(slug);
  const takeBack = useWaiveMany(slug);
  const [rule, setRule] = useState(first);
  const [reason, setReason] = useState("");
  const [preview, setPreview] = useState<{ readonly of: string; readonly outcomes: readonly Outcome[] } | null>(null);
  const ready = rule !== null && reason.trim() !== "";
  const asked = JSON.stringify([rule, ids]);
  const begin = (asPreview: boolean, onSuccess: (outcomes: readonly Outcome[]) => void) => {
    if (rule === null) return;
    act(
      waive,
      { rule, ids, reason: reason.trim(), preview: asPreview },
      {
        onSuccess,
        onError: (error) => notifyFailure(error, asPreview ? t("No preview") : t("Not all was changed")),
      },
    );
  };
  const undo = (done: readonly Outcome[]) => {
    if (rule === null) return;
    const back = { rule, ids: done.map(({ series_id }) => series_id), reason: null, preview: false };
    act(takeBack, back, {
      onSuccess: (outcomes) => tell(outcomes, null),
      onError: (error) => notifyFailure(error, t("Not all was changed back")),
    });
  };
  const submit = () =>
    begin(false, (outcomes) => {
      onClose();
      onDone();
      tell(outcomes, undo);
    });
  return (
    <Modal opened onClose={onClose} title={t("Waive a rule")}>
      <Stack>
        <Text size="sm">
          {t("The failure stays to be seen, with your name and the reason. What another rule keeps out stays out.")}
        </Text>
        <Select
          label={t("Rule")}
          placeholder={t("Choose a rule")}
          data={rules.map(({ rule_id, title, series }) => ({
            value: rule_id,
            label: `${rule_id} ${answered(title)} (${formatNumber(series)})`,
          }))}
          value={rule}
          onChange={setRule}
          data-testid="waive-rule"
        />
        <Textarea
          label={t("Why they are let in all the same")}
          rows={3}
          maxLength={2000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-testid="waive-reason"
        />
        <Text size="xs" c="dimmed">
          {t("For twenty seconds afterwards it can be undone.")}
        </Text>
        {preview?.of === asked && <Preview outcomes={preview.outcomes} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button
            variant="default"
            onClick={() => begin(true, (outcomes) => setPreview({ of: asked, outcomes }))}
            loading={waive.isPending}
            disabled={!ready}
            data-testid="waive-preview"
          >
            {t("What will change?")}
          </Button>
          <Button onClick={submit} loading={waive.isPending} disabled={!ready} data-testid="waive-confirm">
            {t("Waive")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** How many of the series become work, and what is said of the others. */
function Preview({ outcomes }: { readonly outcomes: readonly Outcome[] }) {
  const byMessage = new Map<string, number>();
  for (const { message } of outcomes) byMessage.set(message, (byMessage.get(message) ?? 0) + 1);
  return (
    <Alert color="petrol" title={t("What will change")} data-testid="waive-would">
      <List size="sm" spacing={2}>
        {[...byMessage].map(([message, n]) => (
          <List.Item key={message}>
            {answered(message)}: {count(n, "series", "series")}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** What became of the series, with the way back where there is one. */
function tell(outcomes: readonly Outcome[], undo: ((done: readonly Outcome[]) => void) | null): void {
  const done = outcomes.filter((outcome) => outcome.done);
  const left = outcomes.filter((outcome) => !outcome.done);
  const said = t("Done for {{series}}.", { series: count(done.length, "series", "series") });
  if (undo !== null && done.length > 0) notifyUndoable(said, () => undo(done));
  else if (left.length === 0) notifyDone(said);
  if (left.length === 0) return;
  modals.open({
    title: said,
    children: (
      <List size="sm" spacing={4} data-testid="waive-failures">
        {left.map(({ series_id, name, message }) => (
          <List.Item key={series_id}>
            <b>{name}</b>: {answered(message)}
          </List.Item>
        ))}
      </List>
    ),
  });
}
