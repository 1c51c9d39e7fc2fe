import { ActionIcon, Badge, Card, Group, Menu, Pagination, Table, Text } from "@mantine/core";
import { IconDots, IconUsers } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { Account } from "@/api/types";
import { act } from "@/components/common/act";
import { ActionsHead } from "@/components/common/ActionsHead";
import { confirm } from "@/components/common/confirm";
import { Message } from "@/components/common/Message";
import { notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { formatRelative } from "@/state/format";
import { useMe } from "@/state/session";
import { useAccounts, useChangeAccount, useSignOutAccount } from "@/state/site";
import { doorsText } from "./doorsText";
import { offText } from "./offText";

const PAGE_SIZE = 50;

interface AccountTableProps {
  readonly search: string | undefined;
  readonly page: number;
  readonly onPage: (page: number) => void;
}

/** All accounts of the site. */
export function AccountTable({ search, page, onPage }: AccountTableProps) {
  const accounts = useAccounts({ page, page_size: PAGE_SIZE, ...(search !== undefined && { search }) });
  return (
    <QueryState query={accounts}>
      {({ results, count }) =>
        count === 0 ? (
          <Message icon={<IconUsers />} title={t("Nobody matches")}>
            {t("Search for a part of the name or of the e-mail address.")}
          </Message>
        ) : (
          <>
            <Card padding={0}>
              <Table.ScrollContainer minWidth={640}>
                <Table verticalSpacing="xs" horizontalSpacing="lg" data-testid="accounts">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("Person")}</Table.Th>
                      <Table.Th>{t("Account")}</Table.Th>
                      <Table.Th>{t("Projects")}</Table.Th>
                      <Table.Th>{t("Last sign-in")}</Table.Th>
                      <Table.Th>{t("Signed in now")}</Table.Th>
                      <ActionsHead />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {results.map((account) => (
                      <AccountRow key={account.id} account={account} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            </Card>
            {count > PAGE_SIZE && (
              <Group justify="center" mt="md">
                <Pagination total={Math.ceil(count / PAGE_SIZE)} value={page} onChange={onPage} />
              </Group>
            )}
          </>
        )
      }
    </QueryState>
  );
}

function AccountRow({ account }: { readonly account: Account }) {
  const me = useMe();
  const change = useChangeAccount();
  const signOut = useSignOutAccount();
  const { id, name, email } = account;
  const onError = (error: unknown) => notifyFailure(error, t("Not changed"));
  const askOff = () =>
    confirm({
      title: t("Switch off the account of {{name}}?", { name }),
      body: offText(account.alone_in),
      verb: t("Switch off"),
      danger: true,
      onConfirm: () => act(change, { id, active: false }, { onError }),
    });
  const askOut = () =>
    confirm({
      title: t("Sign {{name}} out everywhere?", { name }),
      body: t("All browser sessions and tokens of the account end at once. It stays on, and they can sign in again."),
      verb: t("Sign out"),
      danger: true,
      onConfirm: () => act(signOut, id, { onError }),
    });
  return (
    <Table.Tr data-testid="account" data-active={account.is_active}>
      <Table.Td>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        {name !== email && (
          <Text size="xs" c="dimmed">
            {email}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap={6}>
          {account.is_active ? <Badge color="green">{t("On")}</Badge> : <Badge color="gray">{t("Off")}</Badge>}
          {account.is_staff && <Badge color="petrol">{t("Administrator")}</Badge>}
        </Group>
      </Table.Td>
      <Table.Td>{account.is_staff || account.project_right ? t("May create") : t("May not create")}</Table.Td>
      <Table.Td>{account.last_login === null ? t("Never") : formatRelative(account.last_login)}</Table.Td>
      <Table.Td>{doorsText(account)}</Table.Td>
      <Table.Td ta="right">
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("Actions for {{name}}", { name })}
              loading={change.isPending}
            >
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {!account.is_staff && (
              <Menu.Item onClick={() => act(change, { id, may_create_projects: !account.project_right }, { onError })}>
                {account.project_right ? t("May no longer create projects") : t("May create projects")}
              </Menu.Item>
            )}
            <Menu.Item onClick={askOut} disabled={account.sessions + account.tokens === 0}>
              {t("Sign out everywhere")}
            </Menu.Item>
            {account.is_active ? (
              <Menu.Item color="red" onClick={askOff} disabled={id === me.id}>
                {id === me.id ? t("Switch off (not your own)") : t("Switch off")}
              </Menu.Item>
            ) : (
              <Menu.Item onClick={() => act(change, { id, active: true }, { onError })}>
                {t("Switch on again")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}
