import { Box, Button, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import { Markdown } from "@/components/common/Markdown";
import { differences, type Change } from "@/domain/paragraphs";
import { count } from "@/state/format";
import styles from "./guidelines.module.css";

const WORDS: Readonly<Record<Exclude<Change["kind"], "same">, string>> = {
  added: t("New:"),
  removed: t("Taken out:"),
};

/** What a version changed, paragraph by paragraph; what stayed is folded away. */
export function Differences({ before, after }: { readonly before: string; readonly after: string }) {
  const [whole, setWhole] = useState(false);
  const changes = differences(before, after);
  const same = changes.filter(({ kind }) => kind === "same").length;
  if (same === changes.length) return <Text c="dimmed">{t("Both versions say the same.")}</Text>;
  const shown = whole ? changes : changes.filter(({ kind, text }) => kind !== "same" || /^#{1,6}\s/.test(text));
  return (
    <Stack gap="xs" data-testid="differences">
      {shown.map(({ kind, text }, place) => (
        <Box key={place} className={styles["change"] ?? ""} data-kind={kind}>
          {kind !== "same" && (
            <>
              <span className={styles["sign"]} aria-hidden>
                {kind === "added" ? "+" : "−"}
              </span>
              <VisuallyHidden>{WORDS[kind]}</VisuallyHidden>
            </>
          )}
          <Markdown text={text} />
        </Box>
      ))}
      {same > 0 && (
        <Button variant="subtle" size="xs" onClick={() => setWhole(!whole)}>
          {whole
            ? t("Only what changed")
            : t("Show what stayed too: {{paragraphs}}", { paragraphs: count(same, "paragraph") })}
        </Button>
      )}
    </Stack>
  );
}
