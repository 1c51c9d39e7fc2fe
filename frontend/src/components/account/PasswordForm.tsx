import { Alert, Badge, Button, Divider, PasswordInput, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertCircle } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import { type SignInOutcome, signIn } from "@/api/auth";
import { messageOf } from "@/api/errors";
import { useConfig } from "@/state/session";
import classes from "./PasswordForm.module.css";

interface PasswordFormProps {
  readonly onOutcome: (outcome: SignInOutcome) => Promise<void>;
}

export function PasswordForm({ onOutcome }: PasswordFormProps) {
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { data: config } = useConfig();
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (value) => (/^\S+@\S+$/.test(value) ? null : t("Enter your e-mail address")),
      password: (value) => (value === "" ? t("Enter your password") : null),
    },
  });

  const enter = async (email: string, password: string) => {
    setBusy(email);
    setProblem(null);
    try {
      await onOutcome(await signIn(email, password));
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(null);
    }
  };
  const accounts = config?.demo_accounts ?? [];

  return (
    <>
      <form onSubmit={form.onSubmit(({ email, password }) => void enter(email.trim(), password))} noValidate>
        <Stack>
          {problem !== null && (
            <Alert color="red" icon={<IconAlertCircle />} role="alert" data-testid="sign-in-problem">
              {problem}
            </Alert>
          )}
          <TextInput
            label={t("E-mail")}
            type="email"
            autoComplete="username"
            autoFocus
            size="md"
            data-testid="email"
            {...form.getInputProps("email")}
          />
          <PasswordInput
            label={t("Password")}
            autoComplete="current-password"
            size="md"
            data-testid="password"
            {...form.getInputProps("password")}
          />
          <Button type="submit" size="md" loading={busy !== null} data-testid="sign-in">
            {t("Sign in")}
          </Button>
        </Stack>
      </form>
      {accounts.length > 0 && (
        <Stack gap="xs">
          <Divider label={t("or look around as")} labelPosition="center" />
          <div className={classes.accounts}>
            {accounts.map(({ email, password, role, display_name: name }) => (
              <UnstyledButton
                key={email}
                className={classes.account}
                disabled={busy !== null}
                onClick={() => void enter(email, password)}
                data-testid={`demo-${email.split("@")[0] ?? email}`}
              >
                <Text size="sm" fw={600} lh={1.3}>
                  {name}
                </Text>
                <Badge size="xs" mt={4}>
                  {role}
                </Badge>
              </UnstyledButton>
            ))}
          </div>
        </Stack>
      )}
    </>
  );
}
