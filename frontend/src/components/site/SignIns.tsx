import { Card, Group, Pagination, SegmentedControl, Stack, Table } from "@mantine/core";
import { IconLogin2 } from "@tabler/icons-react";
import { answered, t } from "@/i18n";
import { Message } from "@/components/common/Message";
import { QueryState } from "@/components/common/QueryState";
import { formatDateTime } from "@/state/format";
import { type SiteActKind, useSiteActs } from "@/state/site";

const PAGE_SIZE = 50;

interface SignInsProps {
  readonly kind: SiteActKind | undefined;
  readonly page: number;
  readonly onKind: (kind: SiteActKind | undefined) => void;
  readonly onPage: (page: number) => void;
}

/** Who signed in, where it was refused, and what was done with accounts. */
export function SignIns({ kind, page, onKind, onPage }: SignInsProps) {
  const acts = useSiteActs({ page, page_size: PAGE_SIZE, ...(kind !== undefined && { kind }) });
  return (
    <Stack>
      <SegmentedControl
        aria-label={t("Which acts")}
        value={kind ?? "all"}
        onChange={(value) => onKind(value === "all" ? undefined : (value as SiteActKind))}
        data={[
          { value: "all", label: t("All acts") },
          { value: "sign_ins", label: t("Sign-ins") },
          { value: "refused", label: t("Refused ones") },
          { value: "changes", label: t("Changes of accounts") },
        ]}
        style={{ alignSelf: "flex-start" }}
      />
      <QueryState query={acts}>
        {({ results, count }) =>
          count === 0 ? (
            <Message icon={<IconLogin2 />} title={t("Nothing on record")} compact />
          ) : (
            <>
              <Card padding={0}>
                <Table.ScrollContainer minWidth={640}>
                  <Table verticalSpacing="xs" horizontalSpacing="lg" data-testid="site-acts">
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th>{t("When")}</Table.Th>
                        <Table.Th>{t("What")}</Table.Th>
                        <Table.Th>{t("Account")}</Table.Th>
                        <Table.Th>{t("By")}</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                      {results.map((act) => (
                        <Table.Tr key={act.digest} data-verb={act.verb}>
                          <Table.Td>{formatDateTime(act.at)}</Table.Td>
                          <Table.Td>{answered(act.text)}</Table.Td>
                          <Table.Td>
                            {act.account ??
                              (act.verb === "account.sign_in_failed"
                                ? t("An address without an account")
                                : t("The site"))}
                          </Table.Td>
                          <Table.Td>
                            {act.actor ?? (act.verb === "account.sign_in_failed" ? t("Not known") : t("The site"))}
                          </Table.Td>
                        </Table.Tr>
                      ))}
                    </Table.Tbody>
                  </Table>
                </Table.ScrollContainer>
              </Card>
              {count > PAGE_SIZE && (
                <Group justify="center">
                  <Pagination total={Math.ceil(count / PAGE_SIZE)} value={page} onChange={onPage} />
                </Group>
              )}
            </>
          )
        }
      </QueryState>
    </Stack>
  );
}
