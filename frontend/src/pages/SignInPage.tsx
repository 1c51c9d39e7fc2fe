import { Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import type { SignInOutcome } from "@/api/auth";
import { CodeForm } from "@/components/account/CodeForm";
import { EntryLayout } from "@/components/account/EntryLayout";
import { PasswordForm } from "@/components/account/PasswordForm";
import { TextLink } from "@/components/common/links";
import { configQuery, sessionKey, sessionQuery, useConfig } from "@/state/session";

export function SignInPage() {
  const [step, setStep] = useState<"password" | "code">("password");
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const client = useQueryClient();
  useEffect(() => {
    // The answer also brings the CSRF cookie that the form needs.
    void client.prefetchQuery(configQuery);
  }, [client]);

  const proceed = async (outcome: SignInOutcome) => {
    if (outcome === "needs_code") {
      setStep("code");
      return;
    }
    client.removeQueries({ queryKey: sessionKey });
    await client.fetchQuery(sessionQuery);
    await navigate({ href: next ?? "/", replace: true });
  };

  if (step === "code") {
    return (
      <EntryLayout title={t("Second step")}>
        <CodeForm onOutcome={proceed} onBack={() => setStep("password")} />
      </EntryLayout>
    );
  }
  return (
    <EntryLayout
      title={t("Sign in")}
      {...(next !== undefined && { note: t("You will be taken back to the page you asked for.") })}
    >
      <PasswordForm onOutcome={proceed} />
      <ForgottenPassword />
      <WithoutAccount />
    </EntryLayout>
  );
}

function ForgottenPassword() {
  const { data: config } = useConfig();
  if (config === undefined || config.demo_accounts.length > 0) return null;
  return config.sends_mail ? (
    <TextLink to="/forgotten-password" size="sm">
      {t("Forgotten your password?")}
    </TextLink>
  ) : (
    <Text size="sm" c="dimmed">
      {t("Forgotten your password? Ask whoever runs this site to set a new one.")}
    </Text>
  );
}

function WithoutAccount() {
  const { data: config } = useConfig();
  return config?.open_signup === true ? (
    <Text size="sm">
      <Rich
        text="No account yet? <1>Make one</1>"
        parts={[
          (inner) => (
            <TextLink to="/sign-up" size="sm">
              {inner}
            </TextLink>
          ),
        ]}
      />
    </Text>
  ) : null;
}
