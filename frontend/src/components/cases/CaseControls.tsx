import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Card, Group, NumberInput, Stack, Title } from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { IconCornerUpLeft } from "@tabler/icons-react";
import { useState } from "react";
import type { CaseDetail } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useCaseActions } from "@/state/cases";
import { BulkModal } from "./BulkModal";

/** Priority and due date of a case, and its return by one step, for managers. */
export function CaseControls({ detail }: { readonly detail: CaseDetail }) {
  const { change } = useCaseActions(detail.id, detail.project_slug);
  const [priority, setPriority] = useState(detail.priority);
  const [dueOn, setDueOn] = useState(detail.due_on);
  const [returning, setReturning] = useState(false);
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
        <Group justify="space-between">
          <Button
            variant="default"
            leftSection={<IconCornerUpLeft size={16} />}
            disabled={detail.state !== "accepted" && detail.state !== "in_progress"}
            onClick={() => setReturning(true)}
            data-testid="return-case"
          >
            {t("Return…")}
          </Button>
          <Button onClick={save} disabled={!dirty} loading={change.isPending}>
            {t("Save")}
          </Button>
        </Group>
      </Stack>
      <BulkModal
        slug={detail.project_slug}
        caseIds={[detail.id]}
        action={returning ? "return" : null}
        onClose={() => setReturning(false)}
        onDone={() => setReturning(false)}
      />
    </Card>
  );
}
