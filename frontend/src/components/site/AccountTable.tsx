import { ActionIcon, Badge, Card, Group, Menu, Pagination, Table, Text } from "@mantine/core";
import { IconDots, IconUsers } from "@tabler/icons-react";
import type { Account } from "@/api/types";
import { act } from "@/components/common/act";
import { ActionsHead } from "@/components/common/ActionsHead";
import { confirm } from "@/components/common/confirm";
import { Message } from "@/components/common/Message";
import { notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { formatRelative } from "@/state/format";
import { useMe } from "@/state/session";
import { useAccounts, useChangeAccount } from "@/state/site";
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
          <Message icon={<IconUsers />} title="Nobody matches">
            Search for a part of the name or of the e-mail address.
          </Message>
        ) : (
          <>
            <Card padding={0}>
              <Table.ScrollContainer minWidth={640}>
                <Table verticalSpacing="xs" horizontalSpacing="lg" data-testid="accounts">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Person</Table.Th>
                      <Table.Th>Account</Table.Th>
                      <Table.Th>Projects</Table.Th>
                      <Table.Th>Last sign-in</Table.Th>
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
  const { id, name, email } = account;
  const onError = (error: unknown) => notifyFailure(error, "Not changed");
  const askOff = () =>
    confirm({
      title: `Switch off the account of ${name}?`,
      body: offText(account.alone_in),
      verb: "Switch off",
      danger: true,
      onConfirm: () => act(change, { id, active: false }, { onError }),
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
          {account.is_active ? <Badge color="green">On</Badge> : <Badge color="gray">Off</Badge>}
          {account.is_staff && <Badge color="petrol">Administrator</Badge>}
        </Group>
      </Table.Td>
      <Table.Td>{account.is_staff || account.project_right ? "May create" : "–"}</Table.Td>
      <Table.Td>{account.last_login === null ? "Never" : formatRelative(account.last_login)}</Table.Td>
      <Table.Td ta="right">
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${name}`} loading={change.isPending}>
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {!account.is_staff && (
              <Menu.Item onClick={() => act(change, { id, may_create_projects: !account.project_right }, { onError })}>
                {account.project_right ? "May no longer create projects" : "May create projects"}
              </Menu.Item>
            )}
            {account.is_active ? (
              <Menu.Item color="red" onClick={askOff} disabled={id === me.id}>
                {id === me.id ? "Switch off (not your own)" : "Switch off"}
              </Menu.Item>
            ) : (
              <Menu.Item onClick={() => act(change, { id, active: true }, { onError })}>Switch on again</Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}
