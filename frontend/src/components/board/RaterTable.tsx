import { Avatar, Group, Progress, Table, Text } from "@mantine/core";
import { t } from "@/i18n";
import type { Board } from "@/api/types";
import { formatMinutes, formatRelative } from "@/state/format";

/** Who has how much in hand, handed in and sent back. */
export function RaterTable({ raters, filtered }: { readonly raters: Board["raters"]; readonly filtered: boolean }) {
  if (filtered && raters.length === 0) return <Text c="dimmed">{t("Nobody of this group works here yet.")}</Text>;
  if (raters.length === 0) return <Text c="dimmed">{t("Nobody works here yet. Add raters under Members.")}</Text>;
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table verticalSpacing="xs" data-testid="rater-progress">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Name")}</Table.Th>
            <Table.Th w="26%">{t("Submitted")}</Table.Th>
            <Table.Th ta="right">{t("Open")}</Table.Th>
            <Table.Th ta="right">{t("Returned")}</Table.Th>
            <Table.Th ta="right">{t("Active")}</Table.Th>
            <Table.Th style={{ whiteSpace: "nowrap" }}>{t("Last seen")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {raters.map(({ user, open, submitted, returned, active_minutes: minutes, last_activity: last }) => {
            const total = open + submitted + returned;
            return (
              <Table.Tr key={user.id}>
                <Table.Td>
                  <Group gap={8} wrap="nowrap">
                    <Avatar name={user.name} size={26} color="petrol" />
                    <Text size="sm">{user.name}</Text>
                  </Group>
                </Table.Td>
                <Table.Td>
                  <Group gap={8} wrap="nowrap">
                    <Progress.Root size="md" style={{ flex: 1 }}>
                      <Progress.Section
                        value={total === 0 ? 0 : (100 * submitted) / total}
                        aria-label={t("{{submitted}} of {{total}} submitted", { submitted, total })}
                      />
                      <Progress.Section
                        value={total === 0 ? 0 : (100 * returned) / total}
                        color="amber"
                        aria-label={t("{{returned}} returned", { returned })}
                      />
                    </Progress.Root>
                    <Text size="sm" className="tabular" w={52} ta="right">
                      {submitted}/{total}
                    </Text>
                  </Group>
                </Table.Td>
                <Table.Td ta="right" className="tabular">
                  {open}
                </Table.Td>
                <Table.Td ta="right" className="tabular">
                  {returned}
                </Table.Td>
                <Table.Td ta="right" className="tabular" style={{ whiteSpace: "nowrap" }}>
                  {minutes > 0 ? formatMinutes(minutes) : "–"}
                </Table.Td>
                <Table.Td style={{ whiteSpace: "nowrap" }}>
                  <Text size="sm" c="dimmed">
                    {last === null ? t("never") : formatRelative(last)}
                  </Text>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
