import { Alert, Anchor, Badge, Card, Grid, Group, Image, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconEye } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { answered, t } from "@/i18n";
import { Markdown } from "@/components/common/Markdown";
import { QueryState } from "@/components/common/QueryState";
import { AccessCard } from "@/components/data/AccessCard";
import { DataLayout } from "@/components/data/DataLayout";
import { PARTS, PHASES } from "@/components/data/words";
import { Citation } from "@/components/releases/Citation";
import { formatBytes, formatDate, formatNumber } from "@/state/format";
import { type ReleasePage, useReleasePage } from "@/state/publicReleases";

/** The page of a release, for anybody: what is inside, how it is cited, how to get it. */
export function DataSetPage() {
  const { id } = useParams({ from: "/data/$id" });
  const query = useReleasePage(id);
  const title = query.data === undefined ? t("Data set") : `${query.data.title}, ${query.data.version}`;
  return (
    <DataLayout title={title}>
      <QueryState query={query}>{(page) => <PageOf page={page} />}</QueryState>
    </DataLayout>
  );
}

function PageOf({ page }: { readonly page: ReleasePage }) {
  const gone = page.standing === "withdrawn";
  return (
    <Stack gap="lg" data-testid="release-page">
      <Head page={page} />
      {page.preview && (
        <Alert color="amber" icon={<IconEye />} data-testid="preview-note">
          {t("A preview: only the managers of the project see this page.")}
        </Alert>
      )}
      {gone && (
        <Alert color="red" icon={<IconAlertTriangle />} title={t("Withdrawn")} data-testid="tombstone">
          <Text size="sm">{page.withdrawn_reason}</Text>
          <Text size="sm" mt="xs">
            {t("The files are no longer given out. The citation stays, for work that has used them.")}
          </Text>
        </Alert>
      )}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="lg">
            {!gone && <Inside page={page} />}
            {page.pictures.length > 0 && <Pictures page={page} />}
            {page.table.rows.length > 0 && <TableOne page={page} />}
            {page.figures.length > 0 && <Figures page={page} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Stack gap="lg">
            {!gone && <AccessCard page={page} />}
            <Citation citations={page.citations} />
            <Versions page={page} />
            {!gone && <Errata page={page} />}
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function Head({ page }: { readonly page: ReleasePage }) {
  const creators = page.creators.map(({ name }) => name).join("; ");
  return (
    <div>
      <Group gap="sm">
        <Title order={1}>{page.title}</Title>
        <Badge size="lg" color="gray">
          {page.version}
        </Badge>
      </Group>
      {creators !== page.publisher && <Text mt={4}>{creators}</Text>}
      <Text size="sm" c="dimmed">
        {page.publisher} · {formatDate(page.released_on)} ·{" "}
        {page.licence_url === "" ? (
          page.licence
        ) : (
          <Anchor href={page.licence_url} rel="license" underline="always">
            {page.licence}
          </Anchor>
        )}
        {page.doi !== "" && (
          <>
            {" · "}
            <Anchor href={`https://doi.org/${page.doi}`} underline="always">
              {page.doi}
            </Anchor>
          </>
        )}
      </Text>
      {page.notes !== "" && <Text mt="md">{page.notes}</Text>}
    </div>
  );
}

function Inside({ page }: { readonly page: ReleasePage }) {
  const { counts } = page;
  if (counts === null) return null;
  const facts = [
    [t("Patients"), formatNumber(counts.patients)],
    [t("CTs"), formatNumber(counts.series)],
    [t("Vertebrae"), formatNumber(counts.vertebrae)],
    [t("Fractured"), formatNumber(counts.fractures)],
    [t("Size"), formatBytes(page.size_bytes)],
  ] as const;
  const contrast = page.contrast.map(({ phase, cases }) => `${PHASES[phase]} (${formatNumber(cases)})`);
  return (
    <Card padding="lg">
      <Title order={2} mb="sm">
        {t("What is inside")}
      </Title>
      <SimpleGrid cols={{ base: 2, sm: 5 }}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <Text size="sm" c="dimmed">
              {name}
            </Text>
            <Text fw={600} className="tabular">
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      {page.levels.length > 0 && (
        <Text size="sm" mt="md">
          {t("Levels, with the number of CTs that show them:")}{" "}
          {page.levels.map(({ level, cases }) => `${level} (${formatNumber(cases)})`).join(", ")}
        </Text>
      )}
      {contrast.length > 0 && (
        <Text size="sm" mt="xs">
          {t("Contrast phase")}: {contrast.join(", ")}
        </Text>
      )}
      {page.embargo_until !== null && (
        <Text size="sm" c="dimmed" mt="xs">
          {t("The test part is secret until {{embargo_until}}.", { embargo_until: formatDate(page.embargo_until) })}
        </Text>
      )}
    </Card>
  );
}

function Pictures({ page }: { readonly page: ReleasePage }) {
  return (
    <Card padding="lg">
      <Title order={2} mb="sm">
        {t("Some of its cases")}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }} data-testid="page-pictures">
        {page.pictures.map(({ item_id: item, subject, url }) => (
          <Image key={item} src={url} alt={t("CT with the masks of {{subject}}", { subject })} radius="sm" />
        ))}
      </SimpleGrid>
    </Card>
  );
}

function TableOne({ page }: { readonly page: ReleasePage }) {
  return (
    <Card padding="lg">
      <Title order={2} mb="sm">
        {t("Table 1")}
      </Title>
      <Table.ScrollContainer minWidth={400} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table verticalSpacing={4} fz="sm" data-testid="page-table">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Characteristic")}</Table.Th>
              {page.table.columns.map((part) => (
                <Table.Th key={part}>{PARTS[part]}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {page.table.rows.map(({ name, cells }) => (
              <Table.Tr key={name}>
                <Table.Td>{answered(name)}</Table.Td>
                {page.table.columns.map((part, place) => (
                  <Table.Td key={part} className="tabular">
                    {cells[place]}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

function Figures({ page }: { readonly page: ReleasePage }) {
  return (
    <Card padding="lg">
      <Title order={2} mb="sm">
        {t("Figures")}
      </Title>
      <Stack gap="lg">
        {page.figures.map(({ split, name, title, url }) => (
          <figure key={`${split} ${name}`} style={{ margin: 0 }}>
            {/* The plots lie in the release, drawn on white. */}
            <Image src={url} alt={`${answered(title)}, ${PARTS[split]}`} bg="white" radius="sm" loading="lazy" />
            <Text component="figcaption" size="sm" c="dimmed">
              {answered(title)} · {PARTS[split]}
            </Text>
          </figure>
        ))}
      </Stack>
    </Card>
  );
}

function Versions({ page }: { readonly page: ReleasePage }) {
  return (
    <Card padding="lg">
      <Title order={2} mb="sm">
        {t("Versions")}
      </Title>
      <Stack gap="sm">
        {page.versions.length === 0 && <Text c="dimmed">{t("None is public yet.")}</Text>}
        {page.versions.map((row) => (
          <div key={row.id}>
            <Group gap="xs">
              {row.id === page.id ? (
                <Text fw={600}>{row.version}</Text>
              ) : (
                <Anchor component={Link} to={`/data/${row.id}`}>
                  {row.version}
                </Anchor>
              )}
              {row.standing === "withdrawn" && <Badge color="red">{t("Withdrawn")}</Badge>}
              {row.released_on !== null && (
                <Text size="sm" c="dimmed">
                  {formatDate(row.released_on)}
                </Text>
              )}
            </Group>
            <Text size="sm">{row.notes}</Text>
          </div>
        ))}
      </Stack>
    </Card>
  );
}

function Errata({ page }: { readonly page: ReleasePage }) {
  return (
    <Card padding="lg">
      <Title order={2} mb="sm">
        {t("Errata")}
      </Title>
      {page.errata.length === 0 && <Text c="dimmed">{t("Nothing wrong is known of this version.")}</Text>}
      <Stack gap="sm">
        {page.errata.map(({ subject, text, created_at: at }) => (
          <div key={at}>
            {subject !== null && <Text fw={600}>{subject}</Text>}
            <Markdown text={text} />
            <Text size="xs" c="dimmed">
              {formatDate(at)}
            </Text>
          </div>
        ))}
      </Stack>
    </Card>
  );
}
