import { Button, Tooltip } from "@mantine/core";
import type { SaveStatus } from "@/state/edits/editSync";
import styles from "./workstation.module.css";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

function edits(count: number): string {
  return count === 1 ? "1 edit" : `${count} edits`;
}

export function saveText(status: SaveStatus): string {
  switch (status.kind) {
    case "saved":
      return status.at ? `Saved at ${clock.format(status.at)}` : "Nothing to save yet";
    case "saving":
      return `Saving ${edits(status.pending)}`;
    case "offline":
      return `Offline, ${edits(status.pending)} kept in this browser`;
    case "signed_out":
      return `Signed out, ${edits(status.pending)} kept in this browser`;
    case "conflict":
      return status.pending > 0 ? `Conflict, ${edits(status.pending)} kept` : "Conflict";
    case "closed":
      return status.pending > 0 ? `Closed, ${edits(status.pending)} not taken` : "Closed";
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
      <Tooltip label={detail ?? "Every stroke is kept in this browser at once and sent to the server within a second."} multiline w={280}>
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
