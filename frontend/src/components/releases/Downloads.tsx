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
        Download
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
        onSuccess: () => notifyDone("Thank you. The archives are open to you now."),
        onError: (error) => notifyFailure(error, "Not accepted"),
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Alert color="gray" title="Terms of use">
          <Markdown text={release.terms} />
        </Alert>
        <TextInput
          label="Affiliation"
          placeholder="Your university or clinic"
          value={affiliation}
          onChange={(event) => setAffiliation(event.currentTarget.value)}
          data-testid="affiliation"
        />
        <Textarea
          label="What you will use it for"
          autosize
          minRows={2}
          value={purpose}
          onChange={(event) => setPurpose(event.currentTarget.value)}
          data-testid="purpose"
        />
        <Checkbox
          label="I accept the terms of use"
          checked={agreed}
          onChange={(event) => setAgreed(event.currentTarget.checked)}
          data-testid="agree"
        />
        <Button type="submit" disabled={!agreed} loading={acceptTerms.isPending} data-testid="accept-terms">
          Accept and go to the downloads
        </Button>
      </Stack>
    </form>
  );
}

/** The layouts for other tools; VerSe's needs no word. */
const LAYOUTS: Readonly<Record<string, { readonly title: string; readonly text: string }>> = {
  bids: { title: "BIDS", text: "a dataset for each part, masks as a derivative" },
  nnunet: { title: "nnU-Net v2", text: "raw data set with consecutive labels and its split" },
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
          For other tools: all that is open, laid out anew
        </Title>
      )}
      {others.map((archive) => (
        <ArchiveRow key={archive.name} archive={archive} />
      ))}
      <Text size="sm" c="dimmed">
        A download that breaks off can be taken up again by the browser or by <code>curl -C -</code>.
      </Text>
    </Stack>
  );
}

function ArchiveRow({ archive }: { readonly archive: ReleaseDetail["archives"][number] }) {
  const { name, layout, size_bytes: size, url, locked_until: locked } = archive;
  const tool = LAYOUTS[layout];
  return (
    <Group justify="space-between" wrap="nowrap" data-testid={`archive-${name}`}>
      <div>
        <Text fw={600}>{tool?.title ?? name}</Text>
        <Text size="sm" c="dimmed" className="tabular">
          {size === null ? "size not known yet" : formatBytes(size)}
          {tool && ` · ${tool.text}`}
          {locked !== null && ` · secret until ${formatDate(locked)}`}
        </Text>
      </div>
      {locked === null ? (
        <Button
          component="a"
          href={url}
          download
          leftSection={<IconDownload size={16} />}
          aria-label={`Download ${tool?.title ?? name}`}
        >
          Download
        </Button>
      ) : (
        <Button disabled leftSection={<IconLock size={16} />}>
          Locked
        </Button>
      )}
    </Group>
  );
}
