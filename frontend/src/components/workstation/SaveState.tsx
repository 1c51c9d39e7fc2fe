import { Button, Tooltip } from "@mantine/core";
import { t } from "@/i18n";
import type { SaveStatus } from "@/state/outbox/status";
import { formatClock } from "@/state/format";
import styles from "./workstation.module.css";

export function saveText(status: SaveStatus): string {
  switch (status.kind) {
    case "saved":
      return status.at ? t("Saved at {{at}}", { at: formatClock(status.at) }) : t("Nothing to save yet");
    case "saving":
      return t("Saving {{what}}", { what: status.what });
    case "offline":
      return t("Offline, {{what}} kept in this browser", { what: status.what });
    case "paused":
      return t("The server is busy, {{what}} kept in this browser", { what: status.what });
    case "signed_out":
      return t("Signed out, {{what}} kept in this browser", { what: status.what });
    case "refused":
      return t("Not taken: {{what}}", { what: status.what });
    case "conflict":
      return status.pending > 0 ? t("Conflict, {{what}} kept", { what: status.what }) : t("Conflict");
    case "closed":
      return status.pending > 0 ? t("Closed, {{what}} not taken", { what: status.what }) : t("Closed");
  }
}

interface Props {
  readonly status: SaveStatus;
  readonly onRetry: () => void;
  readonly onReload: () => void;
}

/** The header's word on whether work is safe. It never says saved before the server has. */
export function SaveState({ status, onRetry, onReload }: Props) {
  const detail = "message" in status ? status.message : null;
  return (
    <div className={styles["save"]}>
      <span className={styles["saveDot"]} data-kind={status.kind} aria-hidden />
      <Tooltip
        label={detail ?? t("All that you do is kept in this browser at once and sent to the server within a second.")}
        multiline
        w={280}
      >
        <span role="status" data-testid="save-state" data-kind={status.kind}>
          {saveText(status)}
        </span>
      </Tooltip>
      {status.kind === "offline" && (
        <Button size="compact-xs" variant="default" onClick={onRetry}>
          {t("Try now")}
        </Button>
      )}
      {status.kind === "signed_out" && (
        <>
          <Button size="compact-xs" component="a" href="/sign-in" target="_blank" rel="noopener">
            {t("Sign in")}
          </Button>
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            {t("Try again")}
          </Button>
        </>
      )}
      {(status.kind === "conflict" || status.kind === "closed") && (
        <Button size="compact-xs" color="red" variant="light" onClick={onReload} data-testid="reload-case">
          {t("Reload the case")}
        </Button>
      )}
    </div>
  );
}
