import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { t } from "@/i18n";
import type { SecondRound, SinceThen } from "@/api/assignments";
import { nameOf } from "@/domain/labels";
import { formatDateTime } from "@/state/format";
import { askedOf, openRows, settledLabels, sinceText } from "./secondRound";
import styles from "./workstation.module.css";

interface Props {
  readonly round: SecondRound;
  readonly activeLabel: number;
  /** An expert settled vertebrae, and compares with what was returned; a rater with what they handed in. */
  readonly ofExpert: boolean;
  readonly onGo: (label: number) => void;
}

/** The tab of a rater whose work came back. */
export function ReturnedPanel({
  words,
  round,
  ...rest
}: Omit<Props, "round" | "ofExpert"> & { readonly words: string; readonly round: SecondRound | null }) {
  if (round !== null) return <SecondRoundCard round={round} ofExpert={false} {...rest} />;
  return <Text size="sm">“{words}”</Text>;
}

/** What was asked when the case was returned, and what has become of each vertebra since. */
export function SecondRoundCard({ round, activeLabel, ofExpert, onGo }: Props) {
  const [words, ...notes] = round.asked;
  const rows = openRows(round);
  const settled = settledLabels(round);
  const drawn = new Set(round.vertebrae.map(({ label }) => label));
  const loose = notes.filter(({ label }) => label === null || !drawn.has(label));
  return (
    <Stack
      gap="xs"
      className={styles["rowItem"] ?? ""}
      component="section"
      aria-label={t("Second round")}
      data-testid="second-round"
    >
      {words && (
        <div>
          <Text size="sm" fw={600}>
            {t("Returned by {{by}}, {{at}}", {
              by: words.by === "You" ? t("you") : words.by,
              at: formatDateTime(words.at),
            })}
          </Text>
          <Text size="sm" data-testid="asked-words">
            “{words.text}”
          </Text>
        </div>
      )}
      {loose.map((note) => (
        <Note key={`${note.at} ${note.text}`} note={note} />
      ))}
      <Text size="xs" c="dimmed">
        {ofExpert
          ? round.everything
            ? t("No vertebra was named, so that all are open again. Since then:")
            : t("Open again, with what has changed since:")
          : round.everything
            ? t("No vertebra was named: look at all of them. What you have changed since you submitted:")
            : t("To look at again, with what you have changed since you submitted:")}
      </Text>
      {rows.map((row) => (
        <Row
          key={row.label}
          row={row}
          round={round}
          active={row.label === activeLabel}
          aside={ofExpert ? t("Was settled") : t("Not asked for")}
          onGo={onGo}
        />
      ))}
      {settled.length > 0 && (
        <Text size="xs" c="dimmed" data-testid="settled">
          {ofExpert ? t("Settled and unchanged") : t("Not asked for, unchanged")}: {settled.map(nameOf).join(", ")}.
        </Text>
      )}
    </Stack>
  );
}

function Row({
  row,
  round,
  active,
  aside,
  onGo,
}: {
  readonly row: SinceThen;
  readonly round: SecondRound;
  readonly active: boolean;
  /** Of one that changed though nobody asked for it. */
  readonly aside: string;
  readonly onGo: (label: number) => void;
}) {
  return (
    <div data-testid={`since-${nameOf(row.label)}`}>
      <Group gap={6} wrap="nowrap" align="flex-start">
        <Button
          size="compact-xs"
          variant={active ? "filled" : "default"}
          disabled={row.gone}
          onClick={() => onGo(row.label)}
        >
          {nameOf(row.label)}
        </Button>
        <Text size="sm" style={{ flex: 1 }}>
          {sinceText(row, round.vertebrae)}
        </Text>
        {row.state === "changed" && <Badge color="amber">{aside}</Badge>}
      </Group>
      {askedOf(round, row).map((note) => (
        <Note key={`${note.at} ${note.text}`} note={note} />
      ))}
    </div>
  );
}

function Note({ note }: { readonly note: SecondRound["asked"][number] }) {
  return (
    <Text size="sm" c="dimmed">
      {note.by}: “{note.text}”{note.resolved ? t(" (resolved)") : ""}
    </Text>
  );
}
