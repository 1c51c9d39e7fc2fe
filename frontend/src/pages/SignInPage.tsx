import { Box, Group, Stack, Text, Title } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { SignInOutcome } from "@/api/auth";
import { CodeForm } from "@/components/account/CodeForm";
import { PasswordForm } from "@/components/account/PasswordForm";
import { SpineArt } from "@/components/brand/SpineArt";
import { Logo } from "@/components/shell/Logo";
import { configQuery, sessionKey, sessionQuery } from "@/state/session";
import classes from "./SignInPage.module.css";

export function SignInPage() {
  const [step, setStep] = useState<"password" | "code">("password");
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const client = useQueryClient();
  useEffect(() => {
    document.title = "Sign in · Vertebase";
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

  return (
    <div className={classes.split}>
      <aside className={classes.art}>
        <SpineArt />
        <div className={classes.claim}>
          <Text fz={30} fw={600} lh={1.2} maw={420}>
            From spine CTs to a data set that others can trust.
          </Text>
          <Text mt="sm" maw={420} opacity={0.85}>
            Segmented by an engine, corrected and graded by raters who do not see each other, fused, adjudicated and
            released with every step on record.
          </Text>
        </div>
      </aside>
      <main className={classes.form}>
        <Box w="100%" maw={420}>
          <Group mb="xl" gap="sm">
            <Logo size={40} />
            <Text fz={22} fw={600}>
              Vertebase
            </Text>
          </Group>
          <Stack gap="lg">
            <div>
              <Title order={1}>{step === "password" ? "Sign in" : "Second step"}</Title>
              {next !== undefined && step === "password" && (
                <Text c="dimmed" size="sm" mt={4}>
                  You will be taken back to the page you asked for.
                </Text>
              )}
            </div>
            {step === "password" ? (
              <PasswordForm onOutcome={proceed} />
            ) : (
              <CodeForm onOutcome={proceed} onBack={() => setStep("password")} />
            )}
          </Stack>
        </Box>
      </main>
    </div>
  );
}
