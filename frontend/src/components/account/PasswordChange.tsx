import { Button, Card, Group, PasswordInput, Stack, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { t } from "@/i18n";
import { changePassword } from "@/api/auth";
import { SHORTEST_PASSWORD } from "@/components/account/NewPasswordFields";
import { notifyDone, notifyFailure } from "@/components/common/notify";

export function PasswordChange() {
  const form = useForm({
    initialValues: { current: "", next: "" },
    validate: {
      current: (value) => (value === "" ? t("Enter your current password") : null),
      next: (value) =>
        value.length < SHORTEST_PASSWORD
          ? t("At least {{shortest_password}} characters", { shortest_password: SHORTEST_PASSWORD })
          : null,
    },
  });
  const change = useMutation({
    mutationFn: ({ current, next }: { current: string; next: string }) => changePassword(current, next),
    onSuccess: () => {
      form.reset();
      notifyDone(t("Your password is changed."));
    },
    onError: (error) => notifyFailure(error, t("Your password was not changed")),
  });
  return (
    <Card padding="lg">
      <Title order={2} mb="md">
        {t("Password")}
      </Title>
      <form onSubmit={form.onSubmit((values) => change.mutate(values))} noValidate>
        <Stack>
          <PasswordInput
            label={t("Current password")}
            autoComplete="current-password"
            {...form.getInputProps("current")}
          />
          <PasswordInput label={t("New password")} autoComplete="new-password" {...form.getInputProps("next")} />
          <Group justify="flex-end">
            <Button type="submit" variant="default" loading={change.isPending}>
              {t("Change password")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
