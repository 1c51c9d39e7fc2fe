import { Alert, Button, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { t } from "@/i18n";
import { resetPassword } from "@/api/auth";
import { messageOf } from "@/api/errors";
import { EntryLayout } from "@/components/account/EntryLayout";
import { type NewPassword, NewPasswordFields, newPasswordRules } from "@/components/account/NewPasswordFields";
import { TextLink } from "@/components/common/links";
import { notifyDone } from "@/components/common/notify";

/** Where the link of a password reset leads. */
export function ResetPasswordPage() {
  const { key } = useParams({ from: "/account/password/reset/key/$key" });
  const navigate = useNavigate();
  const form = useForm<NewPassword>({ initialValues: { password: "", again: "" }, validate: newPasswordRules });
  const reset = useMutation({
    mutationFn: (password: string) => resetPassword(key, password),
    onSuccess: async () => {
      notifyDone(t("Your new password is set. Sign in with it."));
      await navigate({ to: "/sign-in", replace: true });
    },
  });
  return (
    <EntryLayout title={t("New password")}>
      <form onSubmit={form.onSubmit(({ password }) => reset.mutate(password))} noValidate>
        <Stack>
          {reset.isError && (
            <Alert color="red" role="alert">
              {messageOf(reset.error)}
            </Alert>
          )}
          <NewPasswordFields form={form} />
          <Button type="submit" size="md" loading={reset.isPending}>
            {t("Set the password")}
          </Button>
        </Stack>
      </form>
      <TextLink to="/forgotten-password" size="sm">
        {t("Ask for a new link")}
      </TextLink>
    </EntryLayout>
  );
}
