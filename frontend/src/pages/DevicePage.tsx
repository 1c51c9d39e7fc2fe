import { Alert, Button, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconAlertCircle, IconAlertTriangle } from "@tabler/icons-react";
import { useLocation } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { t } from "@/i18n";
import { messageOf } from "@/api/errors";
import { EntryLayout } from "@/components/account/EntryLayout";
import { SCOPES } from "@/components/account/scopes";
import { ButtonLink, TextLink } from "@/components/common/links";
import { useAnswerProgram, useLookAtProgram } from "@/state/account";
import { formatRelative } from "@/state/format";
import { useMe } from "@/state/session";

type Program = NonNullable<ReturnType<typeof useLookAtProgram>["data"]>;

/** Lets a program sign in as whoever is signed in here, by the code that it shows. */
export function DevicePage() {
  const given = useLocation({ select: ({ hash }) => hash });
  const [code, setCode] = useState(given);
  const look = useLookAtProgram();
  const answer = useAnswerProgram();
  const { email } = useMe();
  if (answer.data !== undefined) {
    return <Answered program={answer.data} allowed={answer.variables?.allows === true} />;
  }
  return (
    <EntryLayout title={t("Let a program sign in")} note={t("You are signed in as {{email}}.", { email })}>
      {(answer.error ?? look.error) !== null && <Problem>{messageOf(answer.error ?? look.error)}</Problem>}
      {look.data === undefined || answer.isError ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            answer.reset();
            look.mutate(code);
          }}
        >
          <Stack>
            <TextInput
              label={t("Code")}
              description={t("The program shows it. Where it stands here already, see that it is the same.")}
              size="md"
              autoFocus
              autoComplete="off"
              value={code}
              onChange={(event) => setCode(event.currentTarget.value.toUpperCase())}
              data-testid="program-code"
            />
            <Button type="submit" size="md" loading={look.isPending} disabled={code.trim() === ""}>
              {t("Continue")}
            </Button>
          </Stack>
        </form>
      ) : (
        <Question program={look.data} busy={answer.isPending} onAnswer={(allows) => answer.mutate({ code, allows })} />
      )}
    </EntryLayout>
  );
}

function Problem({ children }: { readonly children: ReactNode }) {
  return (
    <Alert color="red" icon={<IconAlertCircle />} role="alert">
      {children}
    </Alert>
  );
}

interface QuestionProps {
  readonly program: Program;
  readonly busy: boolean;
  readonly onAnswer: (allows: boolean) => void;
}

function Question({ program, busy, onAnswer }: QuestionProps) {
  const rows: [string, string][] = [
    [t("Calls itself"), program.program],
    [t("On the computer"), program.machine === "" ? t("does not say") : program.machine],
    [t("Asked"), formatRelative(program.asked_at)],
    [t("It may"), SCOPES[program.scope]],
  ];
  return (
    <Stack>
      <Table variant="vertical" data-testid="program">
        <Table.Tbody>
          {rows.map(([what, told]) => (
            <Table.Tr key={what}>
              <Table.Th w={130}>{what}</Table.Th>
              <Table.Td style={{ wordBreak: "break-word" }}>{told}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Alert color="amber" icon={<IconAlertTriangle />}>
        {t(
          "Allow it only if you started this sign-in yourself, just now. Nobody has checked what the program calls itself; it acts as you for 90 days, or until you revoke its token.",
        )}
      </Alert>
      <Group>
        <Button loading={busy} onClick={() => onAnswer(true)} data-testid="allow">
          {t("Allow")}
        </Button>
        <Button variant="default" disabled={busy} onClick={() => onAnswer(false)} data-testid="refuse">
          {t("Refuse")}
        </Button>
      </Group>
    </Stack>
  );
}

function Answered({ program: { program }, allowed }: { readonly program: Program; readonly allowed: boolean }) {
  return (
    <EntryLayout title={allowed ? t("Allowed") : t("Refused")}>
      <Text role="status">
        {allowed
          ? t("{{program}} goes on by itself in a moment. You can close this page.", { program })
          : t("{{program}} was not let in. Where you did not start it, somebody may have tried to use your account.", {
              program,
            })}
      </Text>
      <Group>
        <ButtonLink to="/" variant="default">
          {t("To my work")}
        </ButtonLink>
        {allowed && (
          <TextLink to="/account" size="sm">
            {t("Access tokens")}
          </TextLink>
        )}
      </Group>
    </EntryLayout>
  );
}
