import { Box, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { t } from "@/i18n";
import { SpineArt } from "@/components/brand/SpineArt";
import { Logo } from "@/components/shell/Logo";
import { LanguageChoice } from "./LanguageChoice";
import classes from "./EntryLayout.module.css";

interface EntryLayoutProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of all pages before the sign-in. */
export function EntryLayout({ title, note, children }: EntryLayoutProps) {
  useEffect(() => {
    document.title = t("{{title}} · Vertebase", { title });
  }, [title]);
  return (
    <div className={classes.split}>
      <aside className={classes.art}>
        <SpineArt />
        <div className={classes.claim}>
          <Text fz={30} fw={600} lh={1.2} maw={420}>
            {t("From spine CTs to a data set that others can trust.")}
          </Text>
          <Text mt="sm" maw={420} opacity={0.85}>
            {t(
              "Segmented by an engine, corrected and graded by raters who do not see each other, fused, adjudicated and released with every step on record.",
            )}
          </Text>
        </div>
      </aside>
      <main className={classes.form}>
        <Box w="100%" maw={420}>
          <Group mb="xl" gap="sm">
            <Logo size={40} />
            <Text fz={22} fw={600}>
              Vertebase
            </Text>
          </Group>
          <Stack gap="lg">
            <div>
              <Title order={1}>{title}</Title>
              {note !== undefined && (
                <Text c="dimmed" size="sm" mt={4}>
                  {note}
                </Text>
              )}
            </div>
            {children}
          </Stack>
          <LanguageChoice />
        </Box>
      </main>
    </div>
  );
}
