import { Badge, Card, Group, Table, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import type { CaseDetail } from "@/api/types";

const STATES: Record<string, { text: string; color: string }> = {
  open: { text: t("Nobody has confirmed them"), color: "amber" },
  confirmed: { text: t("Confirmed"), color: "green" },
  unknown: { text: t("Cannot be told"), color: "amber" },
};

const ANSWERS: Record<string, string> = {
  confirmed: t("right as they are"),
  renamed: t("renamed, and right now"),
  unknown: t("cannot be told"),
};

/** Names that the engine guessed, how far they are settled, and what everybody said of them. */
export function NamingCard({ detail }: { readonly detail: CaseDetail }) {
  const state = STATES[detail.naming_state];
  if (state === undefined) return null;
  return (
    <Card padding="lg" data-testid="naming-card">
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("Names of the vertebrae")}</Title>
        <Badge color={state.color}>{state.text}</Badge>
      </Group>
      <Text size="sm">{detail.naming_doubt}</Text>
      {detail.naming_answers.length > 0 && (
        <Table.ScrollContainer minWidth={300} mt="sm">
          <Table verticalSpacing={6}>
            <Table.Tbody>
              {detail.naming_answers.map(({ slot, stage_title: stage, round, answer, note }) => (
                <Table.Tr key={`${stage}-${slot}-${round}`}>
                  <Table.Td>
                    {stage} {slot}
                    {round > 1 && t(", round {{round}}", { round })}
                  </Table.Td>
                  <Table.Td>{ANSWERS[answer] ?? answer}</Table.Td>
                  <Table.Td>
                    <Text size="sm" c="dimmed">
                      {note}
                    </Text>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Card>
  );
}
