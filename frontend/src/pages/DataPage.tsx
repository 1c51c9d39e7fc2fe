import {
  Badge,
  Card,
  Group,
  Image,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { t } from "@/i18n";
import { QueryState } from "@/components/common/QueryState";
import { DataLayout } from "@/components/data/DataLayout";
import { PHASE_ORDER, PHASES } from "@/components/data/words";
import { ANATOMICAL_ORDER } from "@/domain/labels";
import { count, formatDate } from "@/state/format";
import { type CatalogueRow, type CatalogueSearch, useCatalogue } from "@/state/publicReleases";

const EVERYTHING: CatalogueSearch = { search: "", level: "", contrast: "", licence: "", cases: 0 };
const LICENCES = ["CC-BY-SA-4.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC0-1.0"];

/** The site's public releases, for anybody. */
export function DataPage() {
  const [sought, setSought] = useState(EVERYTHING);
  const query = useCatalogue(sought);
  return (
    <DataLayout title={t("Data sets")}>
      <Title order={1} mb="xs">
        {t("Data sets of annotated spine CTs")}
      </Title>
      <Text c="dimmed" mb="lg">
        {t("CTs with masks of each vertebra and fracture grades, in versions that do not change.")}
      </Text>
      <Filters sought={sought} onChange={(part) => setSought({ ...sought, ...part })} />
      <QueryState query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <Text c="dimmed" data-testid="nothing-found">
              {t("No public data set fits.")}
            </Text>
          ) : (
            <Stack gap="md" data-testid="catalogue">
              {rows.map((row) => (
                <CatalogueCard key={row.id} row={row} />
              ))}
            </Stack>
          )
        }
      </QueryState>
    </DataLayout>
  );
}

interface FiltersProps {
  readonly sought: CatalogueSearch;
  readonly onChange: (part: Partial<CatalogueSearch>) => void;
}

function Filters({ sought, onChange }: FiltersProps) {
  const phases = PHASE_ORDER.map((value) => ({ value, label: PHASES[value] }));
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, md: 5 }} mb="lg">
      <TextInput
        label={t("Search")}
        value={sought.search}
        onChange={(event) => onChange({ search: event.currentTarget.value })}
        data-testid="catalogue-search"
      />
      <Select
        label={t("With the level")}
        clearable
        searchable
        data={ANATOMICAL_ORDER.map(({ name }) => name)}
        value={sought.level || null}
        onChange={(level) => onChange({ level: level ?? "" })}
      />
      <Select
        label={t("Contrast")}
        clearable
        data={phases}
        value={sought.contrast || null}
        onChange={(phase) => onChange({ contrast: phases.find(({ value }) => value === phase)?.value ?? "" })}
      />
      <Select
        label={t("Licence")}
        clearable
        data={LICENCES}
        value={sought.licence || null}
        onChange={(licence) => onChange({ licence: licence ?? "" })}
      />
      <NumberInput
        label={t("At least so many CTs")}
        min={0}
        max={1_000_000}
        allowDecimal={false}
        value={sought.cases}
        onChange={(value) => onChange({ cases: Number(value) || 0 })}
      />
    </SimpleGrid>
  );
}

function CatalogueCard({ row }: { readonly row: CatalogueRow }) {
  const gone = row.standing === "withdrawn";
  return (
    <Card component={Link} to={`/data/${row.id}`} c="inherit" padding="lg" data-testid="catalogue-row">
      <Group align="flex-start" wrap="nowrap" gap="lg">
        {row.picture_url !== null && <Image src={row.picture_url} alt="" w={120} h={120} fit="contain" radius="sm" />}
        <Stack gap={6} style={{ flex: 1 }}>
          <Group gap="xs">
            <Title order={2} fz="lg">
              {row.title}
            </Title>
            <Badge color="gray">{row.version}</Badge>
            {gone && <Badge color="red">{t("Withdrawn")}</Badge>}
          </Group>
          <Text size="sm" c="dimmed">
            {row.publisher} · {formatDate(row.released_on)} · {row.licence}
          </Text>
          {!gone && (
            <Text size="sm">
              {t("{{cases}} of {{patients}}, {{vertebrae}}", {
                cases: count(row.cases, "CT"),
                patients: count(row.patients, "patient"),
                vertebrae: count(row.vertebrae, "vertebra", "vertebrae"),
              })}
            </Text>
          )}
          <Text size="sm" lineClamp={2}>
            {row.notes}
          </Text>
        </Stack>
      </Group>
    </Card>
  );
}
