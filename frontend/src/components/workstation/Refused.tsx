import { Button, Group } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
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
      return t('The edit "{{name}}"', { name: act.name });
    case "grade":
      return t("The grade of {{label}}", { label: nameOf(act.answer.label) });
    case "rest":
      return t("Grade 0 of {{labels}}", { labels: act.labels.map(nameOf).join(", ") });
    case "note":
      return t('The note "{{text}}"', { text: act.text });
    case "thread":
      return act.resolved ? t("Closing a thread") : t("Opening a thread again");
    case "choice":
      return t("The decision on {{label}}", { label: nameOf(act.label) });
    case "names":
      return t("The names of the vertebrae");
    case "naming":
      return t("The answer on the names");
    case "lines":
      return t("The height lines of {{label}}", { label: nameOf(act.label) });
    case "region":
      return t("The region of interest of {{label}}", { label: nameOf(act.label) });
    case "ruler":
      return act.ruler === null
        ? t("Deleting a distance or an angle")
        : `${RULER_NAMES[act.ruler.kind]} ${act.ruler.name}`.trim();
    case "looked":
      return act.looked ? t("A place that you looked at") : t("A place to look at again");
    case "level-looked":
      return t("The tick at {{label}}", { label: nameOf(act.label) });
    case "decision":
      return act.accept ? t("Accepting the case") : t("Returning the case");
    case "time":
      return t("Working time of {{seconds}} s", { seconds: act.seconds });
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
        <Rich
          text="<1>{{act}}, {{at}}, was not taken:</1> <2/> It is kept in this browser until you send it again or discard it."
          values={{ act: actText(entry.act), at: formatDateTime(entry.at) }}
          parts={[(inner) => <strong>{inner}</strong>, entry.refusal]}
        />
      </span>
      <Group gap={6} wrap="nowrap">
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => void outbox.retry(entry.id)}
          data-testid="retry-refused"
        >
          {t("Send again")}
        </Button>
        <Button
          size="compact-xs"
          color="red"
          variant={sure ? "filled" : "light"}
          onClick={() => (sure ? void outbox.discard(entry.id) : setSure(true))}
          data-testid="discard-refused"
        >
          {sure ? t("Yes, discard it") : t("Discard")}
        </Button>
      </Group>
    </div>
  );
}
