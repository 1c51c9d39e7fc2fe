import { Alert, Anchor, Button, PinInput, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import { sendCode, type SignInOutcome } from "@/api/auth";
import { messageOf } from "@/api/errors";

interface CodeFormProps {
  readonly onOutcome: (outcome: SignInOutcome) => Promise<void>;
  readonly onBack: () => void;
}

/** The code of the authenticator app, or one of the recovery codes. */
export function CodeForm({ onOutcome, onBack }: CodeFormProps) {
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (value: string) => {
    setBusy(true);
    setProblem(null);
    try {
      await onOutcome(await sendCode(value.trim()));
    } catch (error) {
      setProblem(messageOf(error));
      setCode("");
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit(code);
      }}
    >
      <Stack>
        <Text>
          {recovery
            ? t("Enter one of your recovery codes.")
            : t("Enter the six digits that your authenticator app shows.")}
        </Text>
        {problem !== null && (
          <Alert color="red" icon={<IconAlertCircle />} role="alert">
            {problem}
          </Alert>
        )}
        {recovery ? (
          <TextInput
            label={t("Recovery code")}
            autoFocus
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        ) : (
          <PinInput
            length={6}
            type="number"
            oneTimeCode
            autoFocus
            size="lg"
            value={code}
            onChange={setCode}
            onComplete={(value) => void submit(value)}
            aria-label={t("Code of the authenticator app")}
          />
        )}
        <Button type="submit" loading={busy} disabled={code === ""}>
          {t("Confirm")}
        </Button>
        <Anchor
          component="button"
          type="button"
          size="sm"
          onClick={() => {
            setRecovery(!recovery);
            setCode("");
          }}
        >
          {recovery ? t("Use the authenticator app") : t("Use a recovery code")}
        </Anchor>
        <Anchor component="button" type="button" size="sm" c="dimmed" onClick={onBack}>
          {t("Back to e-mail and password")}
        </Anchor>
      </Stack>
    </form>
  );
}
