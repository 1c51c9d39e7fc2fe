import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { act } from "@/components/common/act";
import { Alert, Button, Card, Checkbox, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import type { ReleaseDetail } from "@/api/types";
import { Markdown } from "@/components/common/Markdown";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useReleaseActions } from "@/state/releases";
import { ArchiveRow } from "./ArchiveRow";
import { SubsetPanel } from "./SubsetPanel";

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

function Archives({ release }: { readonly release: ReleaseDetail }) {
  const ours = release.archives.filter(({ layout }) => layout === "verse");
  const others = release.archives.filter(({ layout }) => layout !== "verse");
  return (
    <Stack gap="sm">
      {ours.map((archive) => (
        <ArchiveRow key={archive.name} archive={archive} />
      ))}
      <SubsetPanel release={release} />
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
