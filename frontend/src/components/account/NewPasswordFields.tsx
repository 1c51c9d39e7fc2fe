import { PasswordInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";

export const SHORTEST_PASSWORD = 10;

export interface NewPassword {
  password: string;
  again: string;
}

/** The rules of a new password that is typed twice. */
export const newPasswordRules = {
  password: (value: string) => (value.length < SHORTEST_PASSWORD ? `At least ${SHORTEST_PASSWORD} characters` : null),
  again: (value: string, values: NewPassword) => (value === values.password ? null : "The two are not the same"),
};

export function NewPasswordFields<T extends NewPassword>({ form }: { readonly form: UseFormReturnType<T> }) {
  return (
    <>
      <PasswordInput
        label="Password"
        description={`At least ${SHORTEST_PASSWORD} characters; a sentence is easier to keep than a word.`}
        autoComplete="new-password"
        size="md"
        data-testid="new-password"
        {...form.getInputProps("password")}
      />
      <PasswordInput
        label="Password again"
        autoComplete="new-password"
        size="md"
        data-testid="new-password-again"
        {...form.getInputProps("again")}
      />
    </>
  );
}
