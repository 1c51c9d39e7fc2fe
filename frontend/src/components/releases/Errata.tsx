import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Card, Group, Modal, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { ReleaseDetail } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { formatDate } from "@/state/format";
import { useReleaseActions } from "@/state/releases";

interface ErrataProps {
  readonly release: ReleaseDetail;
  readonly manager: boolean;
}

/** What was found wrong after freezing. The release stays as it is; the next one mends it. */
export function Errata({ release, manager }: ErrataProps) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <Card padding="lg">
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t("Errata")}</Title>
        {manager && (
          <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={open}>
            {t("Add")}
          </Button>
        )}
      </Group>
      {release.errata.length === 0 ? (
        <Text c="dimmed">{t("Nothing wrong is known of this version.")}</Text>
      ) : (
        <Stack gap="sm">
          {release.errata.map(({ id, subject, text, created_at: at }) => (
            <div key={id}>
              <Text size="sm">
                {subject !== null && <b>{subject}: </b>}
                {text}
              </Text>
              <Text size="xs" c="dimmed">
                {formatDate(at)}
              </Text>
            </div>
          ))}
        </Stack>
      )}
      <Modal opened={opened} onClose={close} title={t("Add an erratum")}>
        <ErratumForm release={release} onDone={close} />
      </Modal>
    </Card>
  );
}

function ErratumForm({ release, onDone }: { readonly release: ReleaseDetail; readonly onDone: () => void }) {
  const { addErratum } = useReleaseActions(release.id);
  const [subject, setSubject] = useState("");
  const [text, setText] = useState("");
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    act(
      addErratum,
      { subject: subject.trim(), text: text.trim() },
      {
        onSuccess: () => {
          notifyDone(t("Everybody who opens this release sees it now."));
          onDone();
        },
        onError: (error) => notifyFailure(error, t("Not added")),
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          {t("The files do not change. Say what is wrong, so that users of this version can allow for it.")}
        </Text>
        <TextInput
          label={t("Subject")}
          description={t("The subject's name in the archive, where it is about one")}
          placeholder="sub-0003"
          value={subject}
          onChange={(event) => setSubject(event.currentTarget.value)}
        />
        <Textarea
          label={t("What is wrong")}
          autosize
          minRows={3}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={text.trim() === ""} loading={addErratum.isPending}>
            {t("Add")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
