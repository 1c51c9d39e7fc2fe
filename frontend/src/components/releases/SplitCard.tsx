import { Alert, Badge, Card, Group, ScrollArea, Table, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { ReleaseDetail } from "@/api/types";
import { formatDate, formatNumber } from "@/state/format";
import { emptyParts, emptyPartsText } from "./emptyParts";
import { SPLIT_NAMES, SPLITS } from "./fractions";

/** How many patients a part has; a part that is sealed as a whole does not say. */
function partSize(release: ReleaseDetail, split: string): string {
  const patients = release.counts.splits[split]?.patients;
  return patients === null ? t("sealed") : formatNumber(patients ?? 0);
}

/** Which patient is in which part, and what is amiss with the parts. */
export function SplitCard({ release }: { readonly release: ReleaseDetail }) {
  const empty = emptyPartsText(release);
  return (
    <Card padding="lg">
      <Title order={2} mb="sm">
        {t("Split by patient")}
      </Title>
      <Group gap="xl" mb="sm">
        {SPLITS.map((split) => (
          <div key={split}>
            <Text size="sm" c="dimmed">
              {SPLIT_NAMES[split]}
            </Text>
            <Text fw={600} fz="lg" className="tabular">
              {partSize(release, split)}
            </Text>
          </div>
        ))}
      </Group>
      {empty !== "" && (
        <Alert color="amber" icon={<IconAlertTriangle />} mb="sm" data-testid="empty-parts">
          {empty}
        </Alert>
      )}
      {release.embargo_until !== null && !emptyParts(release).includes("test") && (
        <Text size="sm" c="dimmed" mb="sm">
          {t("The test part is secret until {{embargo_until}}.", { embargo_until: formatDate(release.embargo_until) })}
        </Text>
      )}
      <ScrollArea.Autosize mah={320} viewportProps={{ tabIndex: 0 }}>
        <Table verticalSpacing={4} stickyHeader data-testid="split-table">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Patient")}</Table.Th>
              <Table.Th>{t("Part")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {release.patients.map(({ pseudonym, split }) => (
              <Table.Tr key={pseudonym}>
                <Table.Td>{pseudonym}</Table.Td>
                <Table.Td>
                  <Badge color={split === "test" ? "amber" : "petrol"}>{SPLIT_NAMES[split]}</Badge>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </Card>
  );
}
