import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { useState } from "react";
import type { AbsenceOutcome, Member } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { t } from "@/i18n";
import { count, formatDate } from "@/state/format";
import { useAbsence, useAbsencePreview } from "@/state/projects";
import { absenceOf } from "./absence";

/** Due dates that are named one by one in the preview. */
const NAMED = 8;

interface AwayModalProps {
  readonly slug: string;
  readonly member: Member;
  readonly onClose: () => void;
}

/** When somebody is away, and whether their work goes back for others or waits for them. */
export function AwayModal({ slug, member, onClose }: AwayModalProps) {
  const note = useAbsence(slug, member.id);
  // An absence that is entered already is changed, not begun anew.
  const entered = absenceOf(member);
  const [since, setSince] = useState<string | null>(entered.away_from);
  const [until, setUntil] = useState<string | null>(entered.away_until);
  const [waits, setWaits] = useState(entered.work_waits);
  const backwards = since !== null && until !== null && until < since;
  const asked =
    until === null || backwards ? null : { away_from: since, away_until: until, work_waits: waits, preview: false };
  const preview = useAbsencePreview(slug, member.id, asked);
  const submit = () => {
    if (asked === null) return;
    act(note, asked, { onSuccess: onClose, onError: (error) => notifyFailure(error, t("Not changed")) });
  };
  return (
    <Modal opened onClose={onClose} title={t("{{name}} is away", { name: member.user.name })}>
      <Stack>
        <Text size="sm">{t("No new tasks are handed out until the last day has passed.")}</Text>
        <Group grow align="flex-start">
          <DateInput
            label={t("First day")}
            placeholder={t("Today")}
            clearable
            valueFormat="D MMM YYYY"
            minDate={new Date()}
            value={since}
            onChange={setSince}
          />
          <DateInput
            label={t("Last day")}
            placeholder={t("Choose a day")}
            valueFormat="D MMM YYYY"
            minDate={new Date()}
            value={until}
            onChange={setUntil}
            error={backwards && t("Before the first day")}
          />
        </Group>
        <Radio.Group
          label={t("Work in hand")}
          value={waits ? "waits" : "back"}
          onChange={(value) => setWaits(value === "waits")}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="back" label={t("Goes back for others on the first day")} />
            <Radio value="waits" label={t("Waits for them; due dates move by the days away")} />
          </Stack>
        </Radio.Group>
        <div aria-live="polite">{preview.data !== undefined && <WhatBecomes outcome={preview.data} />}</div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button onClick={submit} disabled={asked === null} loading={note.isPending}>
            {t("Save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function WhatBecomes({ outcome: { goes_back: back, moved } }: { readonly outcome: AbsenceOutcome }) {
  if (back === 0 && moved.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("No task goes back and no due date moves.")}
      </Text>
    );
  }
  return (
    <Stack gap={4} data-testid="absence-preview">
      {back > 0 && <Text size="sm">{t("Goes back for others: {{tasks}}", { tasks: count(back, "task") })}</Text>}
      {moved.slice(0, NAMED).map((task) => (
        <Text size="sm" key={task.assignment_id}>
          {t("{{alias}}: due {{before}}, then {{after}}", {
            alias: task.alias,
            before: formatDate(task.due_on),
            after: formatDate(task.moves_to),
          })}
        </Text>
      ))}
      {moved.length > NAMED && (
        <Text size="sm" c="dimmed">
          {t("and {{more}} more", { more: moved.length - NAMED })}
        </Text>
      )}
    </Stack>
  );
}
