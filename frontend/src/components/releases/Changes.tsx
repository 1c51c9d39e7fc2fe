import { Badge, Card, ScrollArea, Stack, Table, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import type { ReleaseDetail } from "@/api/types";
import { QueryState } from "@/components/common/QueryState";
import { count } from "@/state/format";
import { type AnsweredErratum, type CaseChange, useReleaseChanges } from "@/state/releaseChanges";
import { changeText } from "./changeText";
import { ScoreAgain } from "./ScoreAgain";

const SHOWN = 200;
const KINDS = {
  added: { name: t("new"), color: "petrol" },
  removed: { name: t("taken out"), color: "red" },
  changed: { name: t("changed"), color: "amber" },
} as const;

/** What this version has that the one before had not. */
export function Changes({ release, manager }: { readonly release: ReleaseDetail; readonly manager: boolean }) {
  const query = useReleaseChanges(release.id);
  return (
    <QueryState query={query}>
      {({ since, unchanged, cases, errata }) =>
        since === null ? (
          <Text c="dimmed">{t("This is the first version.")}</Text>
        ) : (
          <Card padding="lg" data-testid="changes">
            <Title order={2}>{t("What is new since {{version}}", { version: since.version })}</Title>
            <Text size="sm" c="dimmed" mb="sm">
              {t("{{cases}} differ, {{cases2}} as before. Parts that are secret to you are left out.", {
                cases: count(cases.length, "case"),
                cases2: count(unchanged, "case"),
              })}
            </Text>
            {errata.length > 0 && <ErrataBefore version={since.version} errata={errata} />}
            {manager && <ScoreAgain release={release} before={since.id} />}
            {cases.length > 0 && <ChangeTable rows={cases} />}
          </Card>
        )
      }
    </QueryState>
  );
}

interface ErrataBeforeProps {
  readonly version: string;
  readonly errata: readonly AnsweredErratum[];
}

function ErrataBefore({ version, errata }: ErrataBeforeProps) {
  return (
    <div data-testid="answered-errata">
      <Title order={3}>{t("Errata of {{version}} whose cases have changed", { version })}</Title>
      <Stack gap={4} mb="md">
        {errata.map(({ subject, text }) => (
          <Text key={`${subject} ${text}`} size="sm">
            <b>{subject}: </b>
            {text}
          </Text>
        ))}
      </Stack>
    </div>
  );
}

function ChangeTable({ rows }: { readonly rows: readonly CaseChange[] }) {
  return (
    <ScrollArea.Autosize mah={620} viewportProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={4} stickyHeader fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Patient")}</Table.Th>
            <Table.Th>{t("Series")}</Table.Th>
            <Table.Th>{t("Case")}</Table.Th>
            <Table.Th>{t("What differs")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.slice(0, SHOWN).map((row) => (
            <Table.Tr key={`${row.subject} ${row.series}`}>
              <Table.Td>{row.subject}</Table.Td>
              <Table.Td className="tabular">{row.series}</Table.Td>
              <Table.Td>
                <Badge color={KINDS[row.kind].color} tt="none">
                  {KINDS[row.kind].name}
                </Badge>
              </Table.Td>
              <Table.Td>{changeText(row)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {rows.length > SHOWN && (
        <Text size="sm" c="dimmed" ta="center" py="xs">
          {t("and {{rows}} more", { rows: rows.length - SHOWN })}
        </Text>
      )}
    </ScrollArea.Autosize>
  );
}
