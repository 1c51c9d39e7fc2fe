import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { type FormEvent, type ReactNode, useCallback, useRef, useState } from "react";
import { t } from "@/i18n";
import { reauthenticate } from "@/api/auth";
import { ApiError, messageOf } from "@/api/errors";
import type { Guarded } from "@/state/account";

/** Thrown into a guarded action that was given up in the dialog. */
const GIVEN_UP = new ApiError("reauthenticate", "given_up", t("Nothing was changed: the password was not given."), 0);

interface PasswordGuard {
  /** Runs an action; where the server asks for the password once more, asks for it and runs the action again. */
  readonly guarded: Guarded;
  readonly dialog: ReactNode;
}

export function usePasswordGuard(): PasswordGuard {
  const [asking, setAsking] = useState(false);
  const answer = useRef<((given: boolean) => void) | null>(null);

  const guarded = useCallback<Guarded>(async (action) => {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== "reauthenticate") throw error;
      const given = await new Promise<boolean>((resolve) => {
        answer.current = resolve;
        setAsking(true);
      });
      if (!given) throw GIVEN_UP;
      return action();
    }
  }, []);

  const end = (given: boolean): void => {
    setAsking(false);
    answer.current?.(given);
    answer.current = null;
  };
  return { guarded, dialog: <PasswordDialog opened={asking} onGiven={() => end(true)} onClose={() => end(false)} /> };
}

interface DialogProps {
  readonly opened: boolean;
  readonly onGiven: () => void;
  readonly onClose: () => void;
}

function PasswordDialog({ opened, onGiven, onClose }: DialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t("Your password, please")} keepMounted={false}>
      <PasswordForm onGiven={onGiven} onClose={onClose} />
    </Modal>
  );
}

function PasswordForm({ onGiven, onClose }: Omit<DialogProps, "opened">) {
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await reauthenticate(password);
      onGiven();
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <Text size="sm">{t("What protects your account is changed only by somebody who knows its password.")}</Text>
        <PasswordInput
          label={t("Password")}
          autoComplete="current-password"
          data-autofocus
          value={password}
          error={problem}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
            setProblem(null);
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button type="submit" loading={busy} disabled={password === ""}>
            {t("Go on")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
