import { Card, Table, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import type { CaseDetail } from "@/api/types";
import { LookLink } from "@/components/viewing/LookLink";
import { RULER_NAMES, rulerText } from "@/domain/rulers";
import { formatDateTime } from "@/state/format";

/** Distances and angles that people drew on the case; nothing where there are none. */
export function RulersCard({ detail: { id, rulers } }: { readonly detail: CaseDetail }) {
  if (rulers.length === 0) return null;
  return (
    <Card padding="lg" data-testid="case-rulers">
      <Title order={2} mb="md">
        {t("Distances and angles")}
      </Title>
      <Table.ScrollContainer minWidth={300}>
        <Table verticalSpacing={6}>
          <Table.Tbody>
            {rulers.map(({ id: ruler, kind, name, value, author, created_at: at }) => (
              <Table.Tr key={ruler}>
                <Table.Td>{name === "" ? RULER_NAMES[kind] : `${name} (${RULER_NAMES[kind].toLowerCase()})`}</Table.Td>
                <Table.Td className="tabular">{rulerText(kind, value)}</Table.Td>
                <Table.Td>{author}</Table.Td>
                <Table.Td>
                  <Text size="sm" c="dimmed">
                    {formatDateTime(at)}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <LookLink
                    caseId={id}
                    place={{ ruler }}
                    label={t("Look at {{name}}", { name: `${RULER_NAMES[kind]} ${rulerText(kind, value)}` })}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <LookLink caseId={id} label={t("Look at them in the pictures")}>
        {t("Look at them in the pictures")}
      </LookLink>
    </Card>
  );
}
