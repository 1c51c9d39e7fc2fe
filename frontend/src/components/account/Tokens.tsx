import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { act } from "@/components/common/act";
import {
  ActionIcon,
  Alert,
  Anchor,
  Button,
  Card,
  Code,
  CopyButton,
  Group,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { IconKey, IconTrash } from "@tabler/icons-react";
import dayjs from "dayjs";
import { useState } from "react";
import { addressOf } from "@/api/client";
import type { ApiToken } from "@/api/types";
import { confirm } from "@/components/common/confirm";
import { TextLink } from "@/components/common/links";
import { notifyFailure } from "@/components/common/notify";
import { QueryState, RowsSkeleton } from "@/components/common/QueryState";
import { useTokenActions, useTokens } from "@/state/account";
import { formatDate, formatRelative } from "@/state/format";
import { SCOPES, type Scope } from "./scopes";

const SCOPE_OPTIONS = (Object.keys(SCOPES) as Scope[]).map((value) => ({ value, label: SCOPES[value] }));

/** Tokens for scripts. The text of one is shown once, when it is made. */
export function Tokens() {
  const tokens = useTokens();
  const { create } = useTokenActions();
  const [name, setName] = useState("");
  const [expires, setExpires] = useState<string | null>(null);
  const [scope, setScope] = useState<Scope>("read");
  const [made, setMade] = useState<string | null>(null);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    act(
      create,
      { name: name.trim(), scope, expires_at: expires === null ? null : `${expires}T23:59:59Z` },
      {
        onSuccess: ({ token }) => {
          setMade(token);
          setName("");
        },
        onError: (error) => notifyFailure(error, t("No token was made")),
      },
    );
  };
  return (
    <Card padding="lg">
      <Title order={2} mb={4}>
        {t("Access tokens")}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        <Rich
          text="For scripts, sent as <1>Authorization: Bearer …</1>. It ends with a change of your password, and cannot make other tokens."
          parts={[(inner) => <Code>{inner}</Code>]}
        />
      </Text>
      <Stack>
        {made !== null && (
          <Alert
            icon={<IconKey />}
            color="petrol"
            title={t("Copy it now: it is not shown again")}
            onClose={() => setMade(null)}
            withCloseButton
            closeButtonLabel={t("I have copied it")}
          >
            <Group gap="xs">
              <Code style={{ wordBreak: "break-all" }}>{made}</Code>
              <CopyButton value={made}>
                {({ copied, copy }) => (
                  <Button size="compact-xs" onClick={copy}>
                    {copied ? t("Copied") : t("Copy")}
                  </Button>
                )}
              </CopyButton>
            </Group>
          </Alert>
        )}
        <Text size="sm" c="dimmed">
          <Rich
            text="A program that shows you a code is let in <1>here</1>; <2>the extension for 3D Slicer</2> does so."
            parts={[
              (inner) => (
                <TextLink to="/device" size="sm">
                  {inner}
                </TextLink>
              ),
              (inner) => (
                <Anchor underline="always" href={addressOf("/api/v1/slicer-extension", {})} size="sm" download>
                  {inner}
                </Anchor>
              ),
            ]}
          />
        </Text>
        <QueryState query={tokens} skeleton={<RowsSkeleton count={2} />}>
          {(rows) => (rows.length === 0 ? null : <TokenTable tokens={rows} />)}
        </QueryState>
        <form onSubmit={submit}>
          <Group align="flex-end">
            <TextInput
              label={t("Name")}
              placeholder={t("Nightly export")}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              style={{ flex: 1 }}
            />
            <Select
              label={t("It may")}
              allowDeselect={false}
              data={SCOPE_OPTIONS}
              value={scope}
              onChange={(value) => value !== null && setScope(value)}
            />
            <DateInput
              label={t("Until")}
              placeholder={t("90 days from now")}
              clearable
              minDate={new Date()}
              maxDate={dayjs().add(365, "day").toDate()}
              valueFormat="D MMM YYYY"
              value={expires}
              onChange={setExpires}
            />
            <Button type="submit" variant="default" disabled={name.trim() === ""} loading={create.isPending}>
              {t("Make a token")}
            </Button>
          </Group>
        </form>
      </Stack>
    </Card>
  );
}

function TokenTable({ tokens }: { readonly tokens: readonly ApiToken[] }) {
  const { revoke } = useTokenActions();
  const ask = ({ id, name }: ApiToken) =>
    confirm({
      title: t("Revoke {{name}}?", { name }),
      body: t("Scripts that use it are refused from now on."),
      verb: t("Revoke"),
      danger: true,
      onConfirm: () => act(revoke, id, { onError: (error) => notifyFailure(error) }),
    });
  return (
    <Table.ScrollContainer minWidth={300}>
      <Table verticalSpacing={6}>
        <Table.Tbody>
          {tokens.map((token) => (
            <Table.Tr key={token.id}>
              <Table.Td fw={500}>{token.name}</Table.Td>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {t("may {{scope}}, ", { scope: SCOPES[token.scope] })}
                  {token.last_used_at === null
                    ? t("never used")
                    : t("used {{last_used_at}}", { last_used_at: formatRelative(token.last_used_at) })}
                  {t(", until {{expires_at}}", { expires_at: formatDate(token.expires_at) })}
                </Text>
              </Table.Td>
              <Table.Td ta="right">
                <ActionIcon
                  variant="subtle"
                  color="red"
                  onClick={() => ask(token)}
                  aria-label={t("Revoke {{name}}", { name: token.name })}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
