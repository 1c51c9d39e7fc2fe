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
  readonly onGo: (label: number) => void;
}

/** What was asked when the case was returned, and what has become of each vertebra since. */
export function SecondRoundCard({ round, activeLabel, onGo }: Props) {
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
        {round.everything
          ? t("No vertebra was named, so that all are open again. Since then:")
          : t("Open again, with what has changed since:")}
      </Text>
      {rows.map((row) => (
        <Row key={row.label} row={row} round={round} active={row.label === activeLabel} onGo={onGo} />
      ))}
      {settled.length > 0 && (
        <Text size="xs" c="dimmed" data-testid="settled">
          {t("Settled and unchanged: {{settled}}.", { settled: settled.map(nameOf).join(", ") })}
        </Text>
      )}
    </Stack>
  );
}

function Row({
  row,
  round,
  active,
  onGo,
}: {
  readonly row: SinceThen;
  readonly round: SecondRound;
  readonly active: boolean;
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
        {row.state === "changed" && <Badge color="amber">{t("Was settled")}</Badge>}
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
