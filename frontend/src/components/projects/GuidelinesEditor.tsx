import {
  Button,
  Card,
  Checkbox,
  FileButton,
  Group,
  Modal,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { IconPhotoPlus } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { t } from "@/i18n";
import type { GuidelineDraft, Project } from "@/api/types";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { ButtonLink } from "@/components/common/links";
import { Markdown } from "@/components/common/Markdown";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { useUnsaved } from "@/components/common/useUnsaved";
import { Differences } from "@/components/guidelines/Differences";
import { useDraft, useDraftActions } from "@/state/guidelines";

/** The draft of the next version of the guidelines, with the page as raters will see it beside the text. */
export function GuidelinesEditor({ project }: { readonly project: Project }) {
  const draft = useDraft(project.slug);
  const [publishing, setPublishing] = useState(false); // here: a draft that is saved begins its form anew
  return (
    <QueryState query={draft}>
      {(kept) => {
        const version = `${kept.revision} ${project.guidelines.length}`;
        return (
          <>
            <DraftForm key={version} project={project} kept={kept} onPublish={() => setPublishing(true)} />
            <PublishModal
              key={`publish ${version}`}
              opened={publishing}
              onClose={() => setPublishing(false)}
              project={project}
              kept={kept}
            />
          </>
        );
      }}
    </QueryState>
  );
}

interface DraftProps {
  readonly project: Project;
  readonly kept: GuidelineDraft;
  readonly onPublish: () => void;
}

function DraftForm({ project, kept, onPublish }: DraftProps) {
  const { save, drop } = useDraftActions(project.slug);
  const [text, setText] = useState(kept.text);
  const dirty = text !== kept.text;
  const differs = text !== project.guidelines;
  useUnsaved(dirty);
  const keep = (then?: () => void) =>
    act(
      save,
      { text, changes: kept.changes, revision: kept.revision },
      {
        onSuccess: () => (then ?? (() => notifyDone(t("The draft is saved. Raters see it once it is published."))))(),
        onError: (error) => notifyFailure(error, t("Not saved")),
      },
    );
  const askDrop = () =>
    confirm({
      title: t("Throw the draft away?"),
      body: t("The version in force stays as it is."),
      verb: t("Throw away"),
      danger: true,
      onConfirm: () => act(drop, undefined, { onError: (error) => notifyFailure(error, t("Not changed")) }),
    });
  return (
    <Stack>
      <Group justify="space-between">
        <Text c="dimmed" size="sm">
          {kept.revision === 0
            ? t("This is the version in force. What you change becomes a draft, then a version.")
            : t("This is a draft. Raters see the version in force until you publish it.")}
        </Text>
        <ButtonLink to="/projects/$slug/guidelines" params={{ slug: project.slug }} variant="subtle" size="xs">
          {t("Version in force")}
        </ButtonLink>
      </Group>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <DraftText slug={project.slug} text={text} onText={setText} />
        <Card padding="lg">
          <Title order={3} mb="sm">
            {t("As raters see it")}
          </Title>
          {text.trim() === "" ? <Text c="dimmed">{t("Nothing written yet.")}</Text> : <Markdown text={text} />}
        </Card>
      </SimpleGrid>
      <Group justify="flex-end">
        {kept.revision > 0 && (
          <Button variant="subtle" color="gray" onClick={askDrop}>
            {t("Throw the draft away")}
          </Button>
        )}
        <Button variant="default" onClick={() => keep()} disabled={!dirty} loading={save.isPending}>
          {t("Save draft")}
        </Button>
        <Button
          onClick={() => (dirty ? keep(onPublish) : onPublish())}
          disabled={!differs}
          data-testid="guidelines-publish"
        >
          {t("Publish…")}
        </Button>
      </Group>
    </Stack>
  );
}

interface TextProps {
  readonly slug: string;
  readonly text: string;
  readonly onText: (text: string) => void;
}

function DraftText({ slug, text, onText }: TextProps) {
  const { addPicture } = useDraftActions(slug);
  const field = useRef<HTMLTextAreaElement>(null);
  const add = (file: File | null) => {
    if (file === null) return;
    act(addPicture, file, {
      onSuccess: ({ address }) => {
        const at = field.current?.selectionEnd ?? text.length;
        onText(`${text.slice(0, at)}\n\n![${t("What it shows")}](${address})\n\n${text.slice(at)}`);
      },
      onError: (error) => notifyFailure(error, t("Not added")),
    });
  };
  return (
    <Card padding="lg">
      <Textarea
        ref={field}
        label={t("Text")}
        description={t("Markdown: # headings, lists, **bold**, tables, links")}
        autosize
        minRows={20}
        maxRows={40}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13.5 } }}
        data-testid="guidelines-text"
      />
      <Group mt="sm">
        <FileButton onChange={add} accept="image/png,image/jpeg">
          {(props) => (
            <Button
              {...props}
              size="xs"
              variant="default"
              leftSection={<IconPhotoPlus size={15} />}
              loading={addPicture.isPending}
            >
              {t("Add a picture")}
            </Button>
          )}
        </FileButton>
        <Text size="xs" c="dimmed">
          {t("PNG or JPEG. Only its pixels are kept; take care that they show no name.")}
        </Text>
      </Group>
    </Card>
  );
}

interface PublishProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly project: Project;
  readonly kept: GuidelineDraft;
}

function PublishModal({ opened, onClose, project, kept }: PublishProps) {
  const { publish } = useDraftActions(project.slug);
  const [changes, setChanges] = useState(kept.changes);
  const [mustRead, setMustRead] = useState(false);
  const send = () =>
    act(
      publish,
      { revision: kept.revision, changes, must_read: mustRead },
      {
        onSuccess: ({ number }) => {
          onClose();
          notifyDone(t("Version {{number}} is published. Raters see it from now on.", { number }));
        },
        onError: (error) => notifyFailure(error, t("The version is not published")),
      },
    );
  return (
    <Modal opened={opened} onClose={onClose} title={t("Publish the next version")} size="lg">
      <Stack>
        <Differences before={project.guidelines} after={kept.text} />
        <TextInput
          label={t("What has changed, in a line")}
          maxLength={300}
          required
          value={changes}
          onChange={(event) => setChanges(event.currentTarget.value)}
          data-testid="guidelines-changes"
        />
        <Checkbox
          checked={mustRead}
          onChange={(event) => setMustRead(event.currentTarget.checked)}
          label={t("Everybody reads it before the next task")}
          description={t("Work in hand goes on.")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button
            onClick={send}
            disabled={changes.trim() === ""}
            loading={publish.isPending}
            data-testid="guidelines-publish-now"
          >
            {t("Publish the version")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
