import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertCircle } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import { signIn } from "@/api/auth";
import { messageOf } from "@/api/errors";
import { EntryLayout } from "@/components/account/EntryLayout";
import { type NewPassword, NewPasswordFields, newPasswordRules } from "@/components/account/NewPasswordFields";
import { roleWord } from "@/components/common/badges";
import { ButtonLink } from "@/components/common/links";
import { PageLoader } from "@/components/shell/PageLoader";
import { useAcceptInvitation, useOffer } from "@/state/invitations";
import { sessionKey, sessionQuery, useSignOut } from "@/state/session";

type Offer = NonNullable<ReturnType<typeof useOffer>["data"]>;

/** Where the link of an invitation leads. Its secret stands behind `#`, so that no server logs it. */
export function InvitationPage() {
  const token = useLocation({ select: ({ hash }) => hash });
  const offer = useOffer(token);
  const me = useQuery(sessionQuery);
  if (token === "" || offer.isError) {
    return (
      <EntryLayout title={t("Invitation")}>
        <Problem>{offer.error ? messageOf(offer.error) : t("The link is not whole: copy all of it.")}</Problem>
        <ButtonLink to="/sign-in" variant="default">
          {t("To the sign-in")}
        </ButtonLink>
      </EntryLayout>
    );
  }
  if (offer.data === undefined || me.isPending) return <PageLoader />;
  const { project_name: project, role, invited_by: by } = offer.data;
  return (
    <EntryLayout
      title={t("Join {{project}}", { project })}
      note={t("{{by}} invites {{email}} as {{role}}.", { by, email: offer.data.email, role: roleWord(role, 1) })}
    >
      {me.data ? (
        <JoinSignedIn token={token} offer={offer.data} email={me.data.email} />
      ) : offer.data.has_account ? (
        <>
          <Text size="sm">
            {t("There is an account with this address. Sign in with it, then open the link again.")}
          </Text>
          <ButtonLink to="/sign-in">{t("Sign in")}</ButtonLink>
        </>
      ) : (
        <NewAccount token={token} offer={offer.data} />
      )}
    </EntryLayout>
  );
}

function Problem({ children }: { readonly children: ReactNode }) {
  return (
    <Alert color="red" icon={<IconAlertCircle />} role="alert">
      {children}
    </Alert>
  );
}

/** Takes the invitation up and goes to the project as a member. */
function useJoin(token: string) {
  const accept = useAcceptInvitation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const join = async (account?: { display_name: string; password: string }) => {
    const joined = await accept.mutateAsync({ token, display_name: "", password: "", ...account });
    if (account !== undefined) await signIn(joined.email, account.password);
    queries.removeQueries({ queryKey: sessionKey });
    await navigate({ to: "/projects/$slug", params: { slug: joined.project_slug }, replace: true });
  };
  return { join, accept };
}

function JoinSignedIn({ token, offer, email }: { token: string; offer: Offer; email: string }) {
  const { join, accept } = useJoin(token);
  const signOut = useSignOut();
  const isTheirs = email.toLowerCase() === offer.email;
  return (
    <Stack>
      {accept.isError && <Problem>{messageOf(accept.error)}</Problem>}
      {!isTheirs && (
        <Problem>{t("You are signed in as {{email}}; this invitation is for another address.", { email })}</Problem>
      )}
      <Group>
        {isTheirs ? (
          <Button loading={accept.isPending} onClick={() => void join()} data-testid="join">
            {t("Join")}
          </Button>
        ) : (
          <Button variant="default" onClick={() => void signOut()}>
            {t("Sign out")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

interface AccountValues extends NewPassword {
  name: string;
}

function NewAccount({ token, offer }: { token: string; offer: Offer }) {
  const { join, accept } = useJoin(token);
  const form = useForm<AccountValues>({
    initialValues: { name: "", password: "", again: "" },
    validate: { name: (value) => (value.trim() === "" ? t("Enter your name") : null), ...newPasswordRules },
  });
  const submit = form.onSubmit(({ name, password }) => {
    // What goes wrong stands in `accept.error`.
    join({ display_name: name, password }).catch(() => undefined);
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {accept.isError && <Problem>{messageOf(accept.error)}</Problem>}
        <TextInput label={t("E-mail")} value={offer.email} readOnly autoComplete="username" size="md" />
        <TextInput
          label={t("Your name")}
          description={t("Managers and reviewers see it; raters do not see each other.")}
          autoComplete="name"
          size="md"
          data-testid="display-name"
          {...form.getInputProps("name")}
        />
        <NewPasswordFields form={form} />
        <Button type="submit" size="md" loading={accept.isPending} data-testid="join">
          {t("Make my account")}
        </Button>
      </Stack>
    </form>
  );
}
