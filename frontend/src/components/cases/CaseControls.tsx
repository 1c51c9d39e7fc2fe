import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Card, Group, NumberInput, Stack, Title } from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { useState } from "react";
import type { CaseDetail } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useCaseActions } from "@/state/cases";

/** Priority and due date of a case, for managers. */
export function CaseControls({ detail }: { readonly detail: CaseDetail }) {
  const { change } = useCaseActions(detail.id, detail.project_slug);
  const [priority, setPriority] = useState(detail.priority);
  const [dueOn, setDueOn] = useState(detail.due_on);
  const dirty = priority !== detail.priority || dueOn !== detail.due_on;
  const save = () =>
    act(
      change,
      { priority, due_on: dueOn },
      { onSuccess: () => notifyDone(t("Saved.")), onError: (error) => notifyFailure(error, t("Not saved")) },
    );
  return (
    <Card padding="lg">
      <Title order={2} mb="md">
        {t("Planning")}
      </Title>
      <Stack>
        <NumberInput
          label={t("Priority")}
          description={t("Cases with a higher number are handed out first")}
          min={-10}
          max={10}
          value={priority}
          onChange={(value) => setPriority(Number(value) || 0)}
        />
        <DateInput
          label={t("Due")}
          placeholder={t("No date")}
          clearable
          valueFormat="D MMM YYYY"
          value={dueOn}
          onChange={(value) => setDueOn(value)}
        />
        <Group justify="flex-end">
          <Button onClick={save} disabled={!dirty} loading={change.isPending}>
            {t("Save")}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
