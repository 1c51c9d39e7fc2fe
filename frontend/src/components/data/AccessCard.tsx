import { Alert, Button, Card, Checkbox, Code, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { t } from "@/i18n";
import { messageOf } from "@/api/errors";
import { Markdown } from "@/components/common/Markdown";
import { TextLink } from "@/components/common/links";
import type { Me } from "@/api/types";
import { type ReleasePage, useAskForAccess } from "@/state/publicReleases";
import { sessionQuery, useConfig } from "@/state/session";

/** How to get the files, and asking for them where the release takes requests. */
export function AccessCard({ page }: { readonly page: ReleasePage }) {
  const [asking, setAsking] = useState(false);
  return (
    <Card padding="lg" data-testid="access">
      <Title order={2} mb="sm">
        {t("How to get it")}
      </Title>
      <Stack gap="sm">
        <Text size="sm">
          {page.access === "on_request"
            ? t("The files are given to whoever asks for them, says what for and accepts the terms.")
            : t("The files are for researchers of the project. Its manager can make you one.")}
        </Text>
        <TextLink to="/releases/$id" params={{ id: page.id }} size="sm">
          {t("I have access: to the files")}
        </TextLink>
        {page.access === "on_request" && !asking && (
          <Button onClick={() => setAsking(true)} disabled={page.standing !== "published"} data-testid="ask-access">
            {t("Ask for access")}
          </Button>
        )}
        {asking && <Asking page={page} />}
        <Text size="xs" c="dimmed">
          {t("Manifest SHA-256")} <Code style={{ wordBreak: "break-all" }}>{page.manifest_sha256}</Code>
        </Text>
      </Stack>
    </Card>
  );
}

/** Who is signed in asks as themselves; without an account it takes a mail. */
function Asking({ page }: { readonly page: ReleasePage }) {
  const session = useQuery(sessionQuery);
  const { data: config } = useConfig();
  if (session.isPending) return null;
  const me = session.data ?? null;
  if (me === null && config?.sends_mail === false) {
    return (
      <Alert color="amber" data-testid="ask-signed-in">
        {t("This site sends no e-mail: sign in to ask for this release.")}{" "}
        <TextLink to="/sign-in" search={{ next: `/data/${page.id}` }} size="sm">
          {t("Sign in")}
        </TextLink>
      </Alert>
    );
  }
  return <AskForm page={page} me={me} />;
}

function AskForm({ page, me }: { readonly page: ReleasePage; readonly me: Me | null }) {
  const ask = useAskForAccess(page.id);
  const { data: config } = useConfig();
  const [said, setSaid] = useState({
    name: me?.display_name ?? "",
    email: me?.email ?? "",
    institution: "",
    purpose: "",
  });
  const [agreed, setAgreed] = useState(false);
  const complete = agreed && Object.values(said).every((text) => text.trim() !== "");
  if (ask.data !== undefined) {
    return (
      <Alert color="green" role="status" data-testid="asked">
        {ask.data.state === "unconfirmed"
          ? t("A mail is on its way to {{email}}. Open the link in it: your request is sent then.", {
              email: said.email.trim(),
            })
          : config?.sends_mail === false
            ? t(
                "Your request is with the managers of the data set. Once they grant it, the link above opens the files.",
              )
            : t("Your request is with the managers of the data set. The answer comes by e-mail.")}
      </Alert>
    );
  }
  const field = (name: keyof typeof said, label: string, type?: string) => (
    <TextInput
      label={label}
      type={type}
      required
      value={said[name]}
      onChange={(event) => setSaid({ ...said, [name]: event.currentTarget.value })}
      data-testid={`ask-${name}`}
    />
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask.mutate({ ...said, terms_sha256: page.terms_sha256 });
      }}
    >
      <Stack gap="sm">
        {field("name", t("Your name"))}
        {me === null && field("email", t("E-mail"), "email")}
        {field("institution", t("Institution"))}
        <Textarea
          label={t("What you will use it for")}
          required
          autosize
          minRows={2}
          value={said.purpose}
          onChange={(event) => setSaid({ ...said, purpose: event.currentTarget.value })}
          data-testid="ask-purpose"
        />
        <Alert color="gray" title={t("Terms of use")}>
          <Markdown text={page.terms} />
        </Alert>
        <Checkbox
          label={t("I accept the terms of use")}
          checked={agreed}
          onChange={(event) => setAgreed(event.currentTarget.checked)}
          data-testid="ask-agree"
        />
        {ask.isError && <Alert color="red">{messageOf(ask.error)}</Alert>}
        <Button type="submit" disabled={!complete} loading={ask.isPending} data-testid="send-request">
          {t("Send the request")}
        </Button>
      </Stack>
    </form>
  );
}
