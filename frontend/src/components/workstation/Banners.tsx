import { CloseButton, Text } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle, IconMessageReport } from "@tabler/icons-react";
import { useState } from "react";
import { answered, t } from "@/i18n";
import type { AssignmentDetail } from "@/api/assignments";
import type { SaveStatus } from "@/state/outbox/status";
import styles from "./workstation.module.css";

interface Props {
  readonly detail: AssignmentDetail;
  /** How far saving is. */
  readonly status: SaveStatus;
}

/** Why nothing more is saved, and what becomes of the edits that wait; null while saving goes on. */
function haltText(status: SaveStatus): string | null {
  if (status.kind !== "conflict" && status.kind !== "closed") return null;
  const { kind, pending, what, message } = status;
  if (pending === 0) return t("{{message}} Reload the case to go on.", { message });
  return t("{{message}} What it has not taken ({{what}}) is kept in this browser{{kind}}", {
    message,
    what,
    kind: kind === "conflict" ? t(": reload the case, look at what they would change, and choose.") : ".",
  });
}

/** What the mask was at the start, why the work came back, and why it cannot be saved any more. */
export function Banners({ detail, status }: Props) {
  const [startShown, setStartShown] = useState(true);
  const halt = haltText(status);
  return (
    <>
      {halt !== null && (
        <div className={styles["banner"]} data-tone="problem" role="alert" data-testid="halt-banner">
          <IconAlertTriangle size={18} aria-hidden />
          <span>{halt}</span>
        </div>
      )}
      {detail.return_comment !== "" && (
        <div className={styles["banner"]} data-tone="returned" role="note" data-testid="return-banner">
          <IconMessageReport size={18} aria-hidden />
          <span>
            <strong>{t("Returned to you:")}</strong> {detail.return_comment}
          </span>
        </div>
      )}
      {detail.state === "submitted" && (
        <div className={styles["banner"]} role="note">
          <IconInfoCircle size={18} aria-hidden />
          {t("You have submitted this. It can be looked at, not changed.")}
        </div>
      )}
      {startShown && detail.state !== "submitted" && (
        <div className={styles["banner"]} role="note" data-testid="start-banner">
          <IconInfoCircle size={18} aria-hidden />
          <Text size="sm" flex={1}>
            <strong>{t("Where you start:")}</strong> {answered(detail.start.text)}
            {detail.start.source === "engine" && t(". It is a proposal: look at every vertebra, names first.")}
          </Text>
          <CloseButton size="sm" aria-label={t("Hide this note")} onClick={() => setStartShown(false)} />
        </div>
      )}
    </>
  );
}
