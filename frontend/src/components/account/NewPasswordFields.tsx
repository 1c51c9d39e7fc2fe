import { PasswordInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { t } from "@/i18n";

export const SHORTEST_PASSWORD = 10;

export interface NewPassword {
  password: string;
  again: string;
}

/** The rules of a new password that is typed twice. */
export const newPasswordRules = {
  password: (value: string) =>
    value.length < SHORTEST_PASSWORD
      ? t("At least {{shortest_password}} characters", { shortest_password: SHORTEST_PASSWORD })
      : null,
  again: (value: string, values: NewPassword) => (value === values.password ? null : t("The two are not the same")),
};

export function NewPasswordFields<T extends NewPassword>({ form }: { readonly form: UseFormReturnType<T> }) {
  return (
    <>
      <PasswordInput
        label={t("Password")}
        description={t("At least {{shortest_password}} characters; a sentence is easier to keep than a word.", {
          shortest_password: SHORTEST_PASSWORD,
        })}
        autoComplete="new-password"
        size="md"
        data-testid="new-password"
        {...form.getInputProps("password")}
      />
      <PasswordInput
        label={t("Password again")}
        autoComplete="new-password"
        size="md"
        data-testid="new-password-again"
        {...form.getInputProps("again")}
      />
    </>
  );
}
