import { Button, Card, Group, PasswordInput, Stack, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { changePassword } from "@/api/auth";
import { SHORTEST_PASSWORD } from "@/components/account/NewPasswordFields";
import { notifyDone, notifyFailure } from "@/components/common/notify";

export function PasswordChange() {
  const form = useForm({
    initialValues: { current: "", next: "" },
    validate: {
      current: (value) => (value === "" ? "Enter your current password" : null),
      next: (value) => (value.length < SHORTEST_PASSWORD ? `At least ${SHORTEST_PASSWORD} characters` : null),
    },
  });
  const change = useMutation({
    mutationFn: ({ current, next }: { current: string; next: string }) => changePassword(current, next),
    onSuccess: () => {
      form.reset();
      notifyDone("Your password is changed.");
    },
    onError: (error) => notifyFailure(error, "Your password was not changed"),
  });
  return (
    <Card padding="lg">
      <Title order={2} mb="md">
        Password
      </Title>
      <form onSubmit={form.onSubmit((values) => change.mutate(values))} noValidate>
        <Stack>
          <PasswordInput label="Current password" autoComplete="current-password" {...form.getInputProps("current")} />
          <PasswordInput label="New password" autoComplete="new-password" {...form.getInputProps("next")} />
          <Group justify="flex-end">
            <Button type="submit" variant="default" loading={change.isPending}>
              Change password
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
