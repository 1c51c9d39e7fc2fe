import { Button, Group } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import { nameOf } from "@/domain/labels";
import { RULER_NAMES } from "@/domain/rulers";
import type { Act } from "@/state/outbox/acts";
import type { Outbox, Pending } from "@/state/outbox/outbox";
import { formatDateTime } from "@/state/format";
import { usePending } from "./useOutbox";
import styles from "./workstation.module.css";

/** What somebody did, as they would say it. */
function actText(act: Act): string {
  switch (act.kind) {
    case "edit":
      return `The edit "${act.name}"`;
    case "grade":
      return `The grade of ${nameOf(act.answer.label)}`;
    case "rest":
      return `Grade 0 of ${act.labels.map(nameOf).join(", ")}`;
    case "note":
      return `The note "${act.text}"`;
    case "thread":
      return act.resolved ? "Closing a thread" : "Opening a thread again";
    case "choice":
      return `The decision on ${nameOf(act.label)}`;
    case "names":
      return "The names of the vertebrae";
    case "naming":
      return "The answer on the names";
    case "lines":
      return `The height lines of ${nameOf(act.label)}`;
    case "region":
      return `The region of interest of ${nameOf(act.label)}`;
    case "ruler":
      return act.ruler === null
        ? "Deleting a distance or an angle"
        : `${RULER_NAMES[act.ruler.kind]} ${act.ruler.name}`.trim();
    case "looked":
      return act.looked ? "A place that you looked at" : "A place to look at again";
    case "level-looked":
      return `The tick at ${nameOf(act.label)}`;
    case "decision":
      return act.accept ? "Accepting the case" : "Returning the case";
    case "time":
      return `Working time of ${act.seconds} s`;
  }
}

/** What the server will not take: never dropped without a word. */
export function Refused({ outbox }: { readonly outbox: Outbox }) {
  const refused = usePending(outbox).filter(({ refusal }) => refusal !== undefined);
  return refused.map((entry) => <RefusedAct key={entry.id} entry={entry} outbox={outbox} />);
}

function RefusedAct({ entry, outbox }: { readonly entry: Pending; readonly outbox: Outbox }) {
  const [sure, setSure] = useState(false);
  return (
    <div className={styles["banner"]} data-tone="problem" role="alert" data-testid="refused">
      <IconAlertTriangle size={18} aria-hidden />
      <span style={{ flex: 1 }}>
        <strong>
          {actText(entry.act)}, {formatDateTime(entry.at)}, was not taken:
        </strong>{" "}
        {entry.refusal} It is kept in this browser until you send it again or discard it.
      </span>
      <Group gap={6} wrap="nowrap">
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => void outbox.retry(entry.id)}
          data-testid="retry-refused"
        >
          Send again
        </Button>
        <Button
          size="compact-xs"
          color="red"
          variant={sure ? "filled" : "light"}
          onClick={() => (sure ? void outbox.discard(entry.id) : setSure(true))}
          data-testid="discard-refused"
        >
          {sure ? "Yes, discard it" : "Discard"}
        </Button>
      </Group>
    </div>
  );
}
