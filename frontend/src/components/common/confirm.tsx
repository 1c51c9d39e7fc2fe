import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { ReactNode } from "react";
import { t } from "@/i18n";

/** Of filled buttons that destroy something: dark enough for white letters (4.5 : 1). */
export const DANGER = "red.9";

interface Confirmation {
  readonly title: string;
  readonly body: ReactNode;
  /** The verb on the button, not "OK". */
  readonly verb: string;
  readonly danger?: boolean;
  readonly onConfirm: () => void;
  /** After the answer, whatever it was. */
  readonly onClose?: () => void;
}

/** Asks before what cannot be undone. */
export function confirm({ title, body, verb, danger = false, onConfirm, onClose }: Confirmation): void {
  modals.openConfirmModal({
    title,
    children: typeof body === "string" ? <Text size="sm">{body}</Text> : body,
    labels: { confirm: verb, cancel: t("Cancel") },
    confirmProps: { ...(danger && { color: DANGER }), "data-autofocus": true },
    onConfirm,
    ...(onClose && { onClose }),
  });
}

/** The same as a question: whether it was answered with the verb. Closing the dialog is a no. */
export function confirmed(question: Omit<Confirmation, "onConfirm" | "onClose">): Promise<boolean> {
  return new Promise((resolve) => {
    confirm({ ...question, onConfirm: () => resolve(true), onClose: () => resolve(false) });
  });
}
