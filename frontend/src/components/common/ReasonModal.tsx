import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { t } from "@/i18n";
import { DANGER } from "./confirm";

interface ReasonModalProps {
  readonly title: string;
  /** What is asked for, and what the answer is kept for. */
  readonly label?: string;
  readonly description?: string;
  readonly placeholder?: string;
  /** The word on the button that does it. */
  readonly verb: string;
  readonly danger?: boolean;
  readonly loading: boolean;
  readonly onSubmit: (reason: string) => void;
  readonly onClose: () => void;
  /** What will happen, in words. */
  readonly children?: ReactNode;
}

/** An act that needs a reason on record. Mount it to ask; what was typed goes with it. */
export function ReasonModal(props: ReasonModalProps) {
  const {
    title,
    label = t("Why"),
    description,
    placeholder,
    verb,
    danger = false,
    loading,
    onSubmit,
    onClose,
    children,
  } = props;
  const [reason, setReason] = useState("");
  return (
    <Modal opened onClose={onClose} title={title}>
      <Stack>
        {children}
        <Textarea
          label={label}
          description={description}
          placeholder={placeholder}
          autosize
          minRows={2}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button
            {...(danger && { color: DANGER })}
            onClick={() => onSubmit(reason)}
            disabled={reason.trim() === ""}
            loading={loading}
          >
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
