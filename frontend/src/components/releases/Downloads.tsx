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

function Archives({ release }: { readonly release: ReleaseDetail }) {
  return (
    <Stack gap="sm">
      {release.archives.map(({ name, size_bytes: size, url, locked_until: locked }) => (
        <Group key={name} justify="space-between" data-testid={`archive-${name}`}>
          <div>
            <Text fw={600}>{name}</Text>
            <Text size="sm" c="dimmed" className="tabular">
              {size === null ? "size not known yet" : formatBytes(size)}
              {locked !== null && ` · secret until ${formatDate(locked)}`}
            </Text>
          </div>
          {locked === null ? (
            <Button component="a" href={url} download leftSection={<IconDownload size={16} />}>
              Download
            </Button>
          ) : (
            <Button disabled leftSection={<IconLock size={16} />}>
              Locked
            </Button>
          )}
        </Group>
      ))}
      <Text size="sm" c="dimmed">
        A download that breaks off can be taken up again by the browser or by <code>curl -C -</code>.
      </Text>
    </Stack>
  );
}
