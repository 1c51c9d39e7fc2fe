import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Card, Group, SimpleGrid, Stack, Text, Textarea, Title } from "@mantine/core";
import { useState } from "react";
import type { Project } from "@/api/types";
import { Markdown } from "@/components/common/Markdown";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useUnsaved } from "@/components/common/useUnsaved";
import { useUpdateProject } from "@/state/projects";

/** The raters' guidelines in Markdown, with the page as they will see it beside the text. */
export function GuidelinesEditor({ project }: { readonly project: Project }) {
  const update = useUpdateProject(project.slug);
  const [text, setText] = useState(project.guidelines);
  const dirty = text !== project.guidelines;
  useUnsaved(dirty);
  const save = () =>
    act(
      update,
      { guidelines: text },
      {
        onSuccess: (saved) => {
          setText(saved.guidelines);
          notifyDone(t("The guidelines are saved. Raters see them from now on."));
        },
        onError: (error) => notifyFailure(error, t("Not saved")),
      },
    );
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Card padding="lg">
          <Textarea
            label={t("Text")}
            description={t("Markdown: # headings, lists, **bold**, tables, links")}
            autosize
            minRows={20}
            maxRows={40}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13.5 } }}
            data-testid="guidelines-text"
          />
        </Card>
        <Card padding="lg">
          <Title order={3} mb="sm">
            {t("As raters see it")}
          </Title>
          {text.trim() === "" ? <Text c="dimmed">{t("Nothing written yet.")}</Text> : <Markdown text={text} />}
        </Card>
      </SimpleGrid>
      <Group justify="flex-end">
        <Button onClick={save} disabled={!dirty} loading={update.isPending}>
          {t("Save guidelines")}
        </Button>
      </Group>
    </Stack>
  );
}
