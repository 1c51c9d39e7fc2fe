import { Badge, Button, Card, Group, Select, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { Guidelines } from "@/api/types";
import { QueryState } from "@/components/common/QueryState";
import { formatDate } from "@/state/format";
import { useAnswered, useGuidelineVersion } from "@/state/guidelines";
import { TextLink } from "@/components/common/links";
import { nameOf } from "@/domain/labels";
import { Differences } from "./Differences";

interface Props {
  readonly slug: string;
  readonly guidelines: Guidelines;
  /** The version that the reader knows: shown is what is new since. */
  readonly since: number | undefined;
  /** Whether questions of others open for this reader. */
  readonly answers: boolean;
}

/** All versions with what each changed, and any two of them beside each other. */
export function Versions({ slug, guidelines, since, answers }: Props) {
  const { versions } = guidelines;
  const answered = useAnswered(slug);
  const newest = versions[0]?.number ?? 0;
  const [pair, setPair] = useState({ before: since ?? Math.max(1, newest - 1), after: newest });
  if (versions.length === 0) return <Text c="dimmed">{t("The manager has not written any yet.")}</Text>;
  const answeredBy = new Map((answered.data ?? []).map(({ number, questions }) => [number, questions]));
  return (
    <Stack gap="lg">
      <Card padding={0}>
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing="sm" horizontalSpacing="lg" data-testid="guideline-versions">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("Version")}</Table.Th>
                <Table.Th>{t("What has changed")}</Table.Th>
                <Table.Th>{t("Published on")}</Table.Th>
                <Table.Th>{t("Questions answered")}</Table.Th>
                <Table.Th>{t("You read it")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {versions.map((version) => (
                <Table.Tr key={version.number}>
                  <Table.Td>
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      aria-label={t("What version {{number}} changed", { number: version.number })}
                      onClick={() => setPair({ before: version.number - 1, after: version.number })}
                    >
                      {version.number}
                    </Button>
                    {version.must_read && <Badge color="amber">{t("to be read")}</Badge>}
                  </Table.Td>
                  <Table.Td>{version.changes || (version.number === 1 ? t("First version") : "–")}</Table.Td>
                  <Table.Td>
                    {formatDate(version.published_at)}
                    <Text size="xs" c="dimmed">
                      {version.published_by}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    {(answeredBy.get(version.number) ?? []).map(({ id, case_alias: alias, label }) => {
                      const name = label === null ? alias : `${alias} ${nameOf(label)}`;
                      return answers ? (
                        <div key={id}>
                          <TextLink
                            to="/projects/$slug/guidelines"
                            params={{ slug }}
                            search={{ tab: "questions", question: id }}
                          >
                            {name}
                          </TextLink>
                        </div>
                      ) : (
                        <div key={id}>{name}</div>
                      );
                    })}
                  </Table.Td>
                  <Table.Td>{formatDate(version.read_at)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Card>
      {versions.length > 1 && (
        <Card padding="lg">
          <Group mb="sm" align="flex-end">
            <Title order={2}>{t("What differs")}</Title>
            <VersionSelect
              label={t("Before")}
              value={pair.before}
              newest={newest}
              onChange={(before) => setPair({ ...pair, before })}
            />
            <VersionSelect
              label={t("After")}
              value={pair.after}
              newest={newest}
              onChange={(after) => setPair({ ...pair, after })}
            />
          </Group>
          <Compared slug={slug} {...pair} />
        </Card>
      )}
    </Stack>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: number;
  readonly newest: number;
  readonly onChange: (number: number) => void;
}

function VersionSelect({ label, value, newest, onChange }: SelectProps) {
  return (
    <Select
      label={label}
      w={110}
      allowDeselect={false}
      data={Array.from({ length: newest }, (_, place) => String(newest - place))}
      value={String(Math.max(1, value))}
      onChange={(number) => onChange(Number(number))}
    />
  );
}

function Compared({ slug, before, after }: { readonly slug: string; readonly before: number; readonly after: number }) {
  const old = useGuidelineVersion(slug, Math.max(1, before));
  const now = useGuidelineVersion(slug, after);
  return (
    <QueryState query={old}>
      {(first) => (
        <QueryState query={now}>
          {(second) => <Differences before={before < 1 ? "" : first.text} after={second.text} />}
        </QueryState>
      )}
    </QueryState>
  );
}
