import { Button, Group, Modal, NumberInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { Member } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { useMemberActions } from "@/state/projects";

interface LimitsModalProps {
  readonly slug: string;
  readonly member: Member;
  readonly onClose: () => void;
}

/** How much work a person gets in the project, in all their roles. */
export function LimitsModal({ slug, member, onClose }: LimitsModalProps) {
  const { change } = useMemberActions(slug);
  const [open, setOpen] = useState<number | "">(member.max_open ?? "");
  const [hours, setHours] = useState<number | "">(member.max_weekly_hours ?? "");
  const submit = () =>
    act(
      change,
      {
        id: member.id,
        limits: { max_open: open === "" ? null : open, max_weekly_hours: hours === "" ? null : hours },
      },
      { onSuccess: onClose, onError: (error) => notifyFailure(error, t("Not changed")) },
    );
  const number = (set: (value: number | "") => void) => (value: number | string) =>
    set(typeof value === "number" ? value : "");
  return (
    <Modal opened onClose={onClose} title={t("Limits of {{name}}", { name: member.user.name })}>
      <Stack>
        <Text size="sm">
          {t("At a limit nothing new is handed out, by hand neither. Work in hand stays, and can be finished.")}
        </Text>
        <Group grow align="flex-start">
          <NumberInput
            label={t("Tasks at once")}
            placeholder={t("No limit")}
            min={0}
            max={1000}
            allowDecimal={false}
            value={open}
            onChange={number(setOpen)}
          />
          <NumberInput
            label={t("Hours a week")}
            description={t("Active time, from Monday on")}
            placeholder={t("No limit")}
            min={0}
            max={168}
            allowDecimal={false}
            value={hours}
            onChange={number(setHours)}
          />
        </Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button onClick={submit} loading={change.isPending} data-testid="save-limits">
            {t("Save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
