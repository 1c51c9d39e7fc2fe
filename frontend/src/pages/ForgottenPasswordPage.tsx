import { Alert, Button, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { t } from "@/i18n";
import { requestPasswordReset } from "@/api/auth";
import { messageOf } from "@/api/errors";
import { EntryLayout } from "@/components/account/EntryLayout";
import { TextLink } from "@/components/common/links";

export function ForgottenPasswordPage() {
  const request = useMutation({ mutationFn: requestPasswordReset });
  const form = useForm({
    initialValues: { email: "" },
    validate: { email: (value) => (/^\S+@\S+\.\S+$/.test(value) ? null : t("Enter an e-mail address")) },
  });
  return (
    <EntryLayout title={t("Forgotten password")} note={t("You get a link by e-mail with which you set a new one.")}>
      {request.isSuccess ? (
        <Alert color="green" role="status" data-testid="reset-sent">
          {t("If there is an account with this address, a link is on its way. Look into the junk folder, too.")}
        </Alert>
      ) : (
        <form onSubmit={form.onSubmit(({ email }) => request.mutate(email.trim()))} noValidate>
          <Stack>
            {request.isError && (
              <Alert color="red" role="alert">
                {messageOf(request.error)}
              </Alert>
            )}
            <TextInput
              label={t("E-mail")}
              type="email"
              size="md"
              autoComplete="username"
              autoFocus
              {...form.getInputProps("email")}
            />
            <Button type="submit" size="md" loading={request.isPending}>
              {t("Send me a link")}
            </Button>
          </Stack>
        </form>
      )}
      <TextLink to="/sign-in" size="sm">
        {t("Back to the sign-in")}
      </TextLink>
    </EntryLayout>
  );
}
