import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { act } from "@/components/common/act";
import { Alert, Button, Card, Checkbox, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { IconDownload, IconLock } from "@tabler/icons-react";
import { useState } from "react";
import type { ReleaseDetail } from "@/api/types";
import { Markdown } from "@/components/common/Markdown";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { formatBytes, formatDate } from "@/state/format";
import { useReleaseActions } from "@/state/releases";

/** The archives, behind the terms of use. */
export function Downloads({ release }: { readonly release: ReleaseDetail }) {
  return (
    <Card padding="lg">
      <Title order={2} mb="sm">
        {t("Download")}
      </Title>
      {release.accepted ? <Archives release={release} /> : <TermsForm release={release} />}
    </Card>
  );
}

function TermsForm({ release }: { readonly release: ReleaseDetail }) {
  const { acceptTerms } = useReleaseActions(release.id);
  const [affiliation, setAffiliation] = useState("");
  const [purpose, setPurpose] = useState("");
  const [agreed, setAgreed] = useState(false);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    act(
      acceptTerms,
      { affiliation, purpose },
      {
        onSuccess: () => notifyDone(t("Thank you. The archives are open to you now.")),
        onError: (error) => notifyFailure(error, t("Not accepted")),
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Alert color="gray" title={t("Terms of use")}>
          <Markdown text={release.terms} />
        </Alert>
        <TextInput
          label={t("Affiliation")}
          placeholder={t("Your university or clinic")}
          value={affiliation}
          onChange={(event) => setAffiliation(event.currentTarget.value)}
          data-testid="affiliation"
        />
        <Textarea
          label={t("What you will use it for")}
          autosize
          minRows={2}
          value={purpose}
          onChange={(event) => setPurpose(event.currentTarget.value)}
          data-testid="purpose"
        />
        <Checkbox
          label={t("I accept the terms of use")}
          checked={agreed}
          onChange={(event) => setAgreed(event.currentTarget.checked)}
          data-testid="agree"
        />
        <Button type="submit" disabled={!agreed} loading={acceptTerms.isPending} data-testid="accept-terms">
          {t("Accept and go to the downloads")}
        </Button>
      </Stack>
    </form>
  );
}

/** The layouts for other tools; VerSe's needs no word. */
const LAYOUTS: Readonly<Record<string, { readonly title: string; readonly text: string }>> = {
  bids: { title: "BIDS", text: t("a dataset for each part, masks as a derivative") },
  dicom: { title: "DICOM", text: t("images, segmentations (SEG) and measurements (SR)") },
  nnunet: { title: "nnU-Net v2", text: t("raw data set with consecutive labels and its split") },
};

function Archives({ release }: { readonly release: ReleaseDetail }) {
  const ours = release.archives.filter(({ layout }) => layout === "verse");
  const others = release.archives.filter(({ layout }) => layout !== "verse");
  return (
    <Stack gap="sm">
      {ours.map((archive) => (
        <ArchiveRow key={archive.name} archive={archive} />
      ))}
      {others.length > 0 && (
        <Title order={3} size="h5" mt="xs">
          {t("For other tools: all that is open, laid out anew")}
        </Title>
      )}
      {others.map((archive) => (
        <ArchiveRow key={archive.name} archive={archive} />
      ))}
      <Text size="sm" c="dimmed">
        <Rich
          text="A download that breaks off can be taken up again by the browser or by <1>curl -C -</1>."
          parts={[(inner) => <code>{inner}</code>]}
        />
      </Text>
    </Stack>
  );
}

function ArchiveRow({ archive }: { readonly archive: ReleaseDetail["archives"][number] }) {
  const { name, layout, size_bytes: size, url, locked_until: locked } = archive;
  const tool = LAYOUTS[layout];
  return (
    <Group justify="space-between" wrap="nowrap" className="acts-below" data-testid={`archive-${name}`}>
      <div>
        <Text fw={600}>{tool?.title ?? name}</Text>
        <Text size="sm" c="dimmed" className="tabular">
          {size === null ? t("size not known yet") : formatBytes(size)}
          {tool && ` · ${tool.text}`}
          {locked !== null && t(" · secret until {{locked}}", { locked: formatDate(locked) })}
        </Text>
      </div>
      {locked === null ? (
        <Button
          component="a"
          href={url}
          download
          flex="none"
          leftSection={<IconDownload size={16} />}
          aria-label={t("Download {{title}}", { title: tool?.title ?? name })}
        >
          {t("Download")}
        </Button>
      ) : (
        <Button disabled flex="none" leftSection={<IconLock size={16} />}>
          {t("Locked")}
        </Button>
      )}
    </Group>
  );
}
