import { Card, Table, Text } from "@mantine/core";
import { answered, t } from "@/i18n";
import type { AuditEntry } from "@/api/types";
import { TextLink } from "@/components/common/links";
import { formatDateTime } from "@/state/format";

/** Acts in words, newest first. */
export function AuditTable({ entries }: { readonly entries: readonly AuditEntry[] }) {
  return (
    <Card padding={0}>
      <Table.ScrollContainer minWidth={700}>
        <Table verticalSpacing={6} horizontalSpacing="md" data-testid="audit-table">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={170}>{t("When")}</Table.Th>
              <Table.Th>{t("Who")}</Table.Th>
              <Table.Th>{t("What")}</Table.Th>
              <Table.Th>{t("About")}</Table.Th>
              <Table.Th>{t("Entry")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {entries.map((entry) => (
              <Row key={entry.entry} entry={entry} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

function Row({ entry }: { readonly entry: AuditEntry }) {
  return (
    <Table.Tr data-testid="audit-entry" data-verb={entry.verb}>
      <Table.Td className="tabular">{formatDateTime(entry.at)}</Table.Td>
      <Table.Td>
        {entry.actor ?? (
          <Text c="dimmed" size="sm" span>
            {t("The site")}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{answered(entry.text)}</Table.Td>
      <Table.Td>
        <About subject={entry.subject} />
      </Table.Td>
      <Table.Td>
        <Text size="xs" c="dimmed" ff="monospace" title={entry.entry}>
          {entry.entry.slice(0, 8)}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

function About({ subject }: { readonly subject: AuditEntry["subject"] }) {
  if (subject === null) return null;
  if (subject.kind === "person" || subject.id === null) return subject.name;
  return (
    <TextLink size="sm" to={subject.kind === "case" ? "/cases/$id" : "/releases/$id"} params={{ id: subject.id }}>
      {subject.name}
    </TextLink>
  );
}
