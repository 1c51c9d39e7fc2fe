import { Alert, Badge, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { t } from "@/i18n";
import type { Guidelines } from "@/api/types";
import { act } from "@/components/common/act";
import { Markdown } from "@/components/common/Markdown";
import { notifyFailure } from "@/components/common/notify";
import { passagesWith } from "@/domain/paragraphs";
import { formatDate } from "@/state/format";
import { useRead } from "@/state/guidelines";
import styles from "./guidelines.module.css";

interface Props {
  readonly slug: string;
  readonly guidelines: Guidelines;
}

/** The guidelines in force, with a search; whoever comes to their end, or says so, has read them. */
export function Rules({ slug, guidelines }: Props) {
  const [word, setWord] = useState("");
  const read = useRead(slug);
  const { current } = guidelines;
  if (current === null) return <Text c="dimmed">{t("The manager has not written any yet.")}</Text>;
  const { number, read_at: readAt } = current;
  const note = (how: "end" | "button") =>
    act(read, { number, how }, { onError: (error) => notifyFailure(error, t("Not noted")) });
  const searched = word.trim() !== "";
  const found = searched ? passagesWith(current.text, word) : [];
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Badge color="petrol">{t("Version {{number}}", { number })}</Badge>
          <Text size="sm" c="dimmed">
            {formatDate(current.published_at)}
            {current.changes !== "" && ` · ${current.changes}`}
          </Text>
        </Group>
        {readAt !== null ? (
          <Text size="sm" c="dimmed" data-testid="rules-read">
            {t("You read it on {{date}}", { date: formatDate(readAt) })}
          </Text>
        ) : (
          <Button
            size="xs"
            leftSection={<IconCheck size={15} />}
            loading={read.isPending}
            onClick={() => note("button")}
            data-testid="rules-read-button"
          >
            {t("I have read it")}
          </Button>
        )}
      </Group>
      {guidelines.must_read && <Alert color="amber">{t("Your next task comes once you have read these rules.")}</Alert>}
      <TextInput
        placeholder={t("Search the rules")}
        aria-label={t("Search the rules")}
        leftSection={<IconSearch size={15} />}
        value={word}
        onChange={(event) => setWord(event.currentTarget.value)}
      />
      {searched && found.length === 0 && <Text c="dimmed">{t("Nothing in the rules says this.")}</Text>}
      <div className={styles["text"]} data-testid="rules-text">
        <Markdown text={searched ? found.join("\n\n") : current.text} />
      </div>
      {!searched && readAt === null && <End key={number} onSeen={() => note("end")} />}
    </Stack>
  );
}

/** Tells once that the reader has come to the end, of a text that did not fit on the first screen. */
function End({ onSeen }: { readonly onSeen: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  const tell = useRef(onSeen);
  useEffect(() => {
    tell.current = onSeen;
  });
  useEffect(() => {
    const end = place.current;
    if (end === null || typeof IntersectionObserver === "undefined") return undefined;
    let hidden = false;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry === undefined) return;
      if (!entry.isIntersecting) hidden = true;
      else if (hidden) {
        observer.disconnect();
        tell.current();
      }
    });
    observer.observe(end);
    return () => observer.disconnect();
  }, []);
  return <div ref={place} style={{ height: 1 }} />;
}
