import { Button, Tooltip } from "@mantine/core";
import type { SaveStatus } from "@/state/outbox/status";
import { formatClock } from "@/state/format";
import styles from "./workstation.module.css";

export function saveText(status: SaveStatus): string {
  switch (status.kind) {
    case "saved":
      return status.at ? `Saved at ${formatClock(status.at)}` : "Nothing to save yet";
    case "saving":
      return `Saving ${status.what}`;
    case "offline":
      return `Offline, ${status.what} kept in this browser`;
    case "signed_out":
      return `Signed out, ${status.what} kept in this browser`;
    case "refused":
      return `Not taken: ${status.what}`;
    case "conflict":
      return status.pending > 0 ? `Conflict, ${status.what} kept` : "Conflict";
    case "closed":
      return status.pending > 0 ? `Closed, ${status.what} not taken` : "Closed";
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
        label={detail ?? "All that you do is kept in this browser at once and sent to the server within a second."}
        multiline
        w={280}
      >
        <span role="status" data-testid="save-state" data-kind={status.kind}>
          {saveText(status)}
        </span>
      </Tooltip>
      {status.kind === "offline" && (
        <Button size="compact-xs" variant="default" onClick={onRetry}>
          Try now
        </Button>
      )}
      {status.kind === "signed_out" && (
        <>
          <Button size="compact-xs" component="a" href="/sign-in" target="_blank" rel="noopener">
            Sign in
          </Button>
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </>
      )}
      {(status.kind === "conflict" || status.kind === "closed") && (
        <Button size="compact-xs" color="red" variant="light" onClick={onReload} data-testid="reload-case">
          Reload the case
        </Button>
      )}
    </div>
  );
}
