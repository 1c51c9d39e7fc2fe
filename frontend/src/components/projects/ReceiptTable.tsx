import { Badge, Card, Table, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import { QueryState } from "@/components/common/QueryState";
import { formatDateTime } from "@/state/format";
import { useGuidelines, useReceipts } from "@/state/guidelines";

const HOW: Readonly<Record<string, string>> = {
  end: t("opened to the end"),
  button: t("said so"),
  wrote: t("published it"),
};

/** Who has read which version of the guidelines (managers). */
export function ReceiptTable({ slug }: { readonly slug: string }) {
  const receipts = useReceipts(slug);
  const newest = useGuidelines(slug).data?.current?.number ?? null;
  return (
    <section aria-labelledby="receipts-title">
      <Title order={2} id="receipts-title" mb="sm">
        {t("Who has read the guidelines")}
      </Title>
      <QueryState query={receipts}>
        {(rows) =>
          rows.length === 0 ? (
            <Text c="dimmed">{t("Nobody rates here yet.")}</Text>
          ) : (
            <Card padding={0}>
              <Table.ScrollContainer minWidth={480}>
                <Table verticalSpacing="sm" horizontalSpacing="lg" data-testid="receipts">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("Person")}</Table.Th>
                      <Table.Th>{t("Has read")}</Table.Th>
                      <Table.Th>{t("When")}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {rows.map(({ user, number, read_at: readAt, how }) => (
                      <Table.Tr key={user.id}>
                        <Table.Td>{user.name}</Table.Td>
                        <Table.Td>
                          <Badge color={number === null ? "gray" : number === newest ? "green" : "amber"}>
                            {number === null ? t("none yet") : t("Version {{number}}", { number })}
                          </Badge>
                        </Table.Td>
                        <Table.Td>
                          {readAt === null ? t("not read yet") : `${formatDateTime(readAt)} · ${HOW[how ?? ""] ?? ""}`}
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            </Card>
          )
        }
      </QueryState>
    </section>
  );
}
