import { Alert, Button, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { t } from "@/i18n";
import { signUp } from "@/api/auth";
import { messageOf } from "@/api/errors";
import { EntryLayout } from "@/components/account/EntryLayout";
import { type NewPassword, NewPasswordFields, newPasswordRules } from "@/components/account/NewPasswordFields";
import { TextLink } from "@/components/common/links";
import { QueryState } from "@/components/common/QueryState";
import { useConfig } from "@/state/session";

/** Making an account uninvited, where the site allows it. */
export function SignUpPage() {
  const config = useConfig();
  return (
    <EntryLayout
      title={t("New account")}
      note={t("An account alone shows no project: a manager invites you to one, or takes you in by your address.")}
    >
      <QueryState query={config}>
        {({ open_signup: open }) =>
          open ? (
            <AccountForm />
          ) : (
            <Text size="sm">
              {t(
                "Accounts on this site are made by invitation. Ask the manager of the project that you are to work in.",
              )}
            </Text>
          )
        }
      </QueryState>
      <TextLink to="/sign-in" size="sm">
        {t("Back to the sign-in")}
      </TextLink>
    </EntryLayout>
  );
}

interface AccountValues extends NewPassword {
  email: string;
}

function AccountForm() {
  const request = useMutation({
    mutationFn: ({ email, password }: AccountValues) => signUp(email.trim(), password),
  });
  const form = useForm<AccountValues>({
    initialValues: { email: "", password: "", again: "" },
    validate: {
      email: (value) => (/^\S+@\S+\.\S+$/.test(value.trim()) ? null : t("Enter an e-mail address")),
      ...newPasswordRules,
    },
  });
  if (request.isSuccess)
    return (
      <Alert color="green" role="status" title={t("Look into your mailbox")} data-testid="signed-up">
        {t(
          "A mail is on its way to {{email}}, with a link that completes the account. It may lie in the junk folder. If you have an account with this address already, the mail says so.",
          { email: form.values.email.trim() },
        )}
      </Alert>
    );
  return (
    <form onSubmit={form.onSubmit((values) => request.mutate(values))} noValidate>
      <Stack>
        {request.isError && (
          <Alert color="red" icon={<IconAlertCircle />} role="alert">
            {messageOf(request.error)}
          </Alert>
        )}
        <TextInput
          label={t("E-mail")}
          type="email"
          size="md"
          autoComplete="username"
          data-testid="email"
          {...form.getInputProps("email")}
        />
        <NewPasswordFields form={form} />
        <Button type="submit" size="md" loading={request.isPending} data-testid="sign-up">
          {t("Make my account")}
        </Button>
      </Stack>
    </form>
  );
}
