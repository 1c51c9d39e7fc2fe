import { Alert, Button, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { addressOf, verifyEmail } from "@/api/auth";
import { messageOf } from "@/api/errors";
import { EntryLayout } from "@/components/account/EntryLayout";
import { ButtonLink, TextLink } from "@/components/common/links";
import { PageLoader } from "@/components/shell/PageLoader";
import { sessionKey } from "@/state/session";

/** Where the link leads that proves an address. It takes a click: programs that look through mail open links, too. */
export function VerifyEmailPage() {
  const { key } = useParams({ from: "/account/verify-email/$key" });
  const queries = useQueryClient();
  const navigate = useNavigate();
  const address = useQuery({ queryKey: ["address", key], queryFn: () => addressOf(key), retry: false, gcTime: 0 });
  const verify = useMutation({
    mutationFn: () => verifyEmail(key),
    onSuccess: async (outcome) => {
      queries.removeQueries({ queryKey: sessionKey });
      if (outcome === "signed_in") await navigate({ to: "/", replace: true });
    },
  });
  if (address.isPending) return <PageLoader />;
  return (
    <EntryLayout title={t("Your address")}>
      {verify.isSuccess ? (
        <>
          <Alert color="green" role="status" data-testid="verified">
            {t("The address is verified. Sign in with it.")}
          </Alert>
          <ButtonLink to="/sign-in">{t("To the sign-in")}</ButtonLink>
        </>
      ) : address.isError || verify.isError ? (
        <>
          <Alert color="red" icon={<IconAlertCircle />} role="alert" title={t("The link could not be used")}>
            {t(
              "{{error}} A link works once and for three days. Where yours has run out, sign in: another is mailed to you.",
              { error: messageOf(verify.error ?? address.error) },
            )}
          </Alert>
          <TextLink to="/sign-in" size="sm">
            {t("To the sign-in")}
          </TextLink>
        </>
      ) : (
        <>
          <Text size="sm">
            <Rich
              text="Complete the account of <1>{{data}}</1>."
              values={{ data: address.data }}
              parts={[(inner) => <strong>{inner}</strong>]}
            />
          </Text>
          <Button size="md" loading={verify.isPending} onClick={() => verify.mutate()} data-testid="verify">
            {t("This is my address")}
          </Button>
        </>
      )}
    </EntryLayout>
  );
}
