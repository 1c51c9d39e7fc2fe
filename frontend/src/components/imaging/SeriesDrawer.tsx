import { Button, Drawer, Group, Stack, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { t } from "@/i18n";
import type { Series } from "@/api/types";
import { QueryState } from "@/components/common/QueryState";
import { Thumbnail } from "@/components/common/Thumbnail";
import { LookAtCt } from "@/components/viewing/LookLink";
import { formatDateTime, formatShape, formatSpacing } from "@/state/format";
import { useSeries } from "@/state/imaging";
import { CheckList } from "./CheckList";
import { factName, factValue, formatName, patientLine } from "./facts";
import { InclusionList } from "./InclusionList";
import { RunHistory } from "./RunHistory";
import { SameScanBadge } from "./SameScanBadge";

interface SeriesDrawerProps {
  readonly slug: string;
  readonly id: string | null;
  readonly onClose: () => void;
}

export function SeriesDrawer({ slug, id, onClose }: SeriesDrawerProps) {
  return (
    <Drawer opened={id !== null} onClose={onClose} position="right" size={620} title={t("Series")} padding="lg">
      {id !== null && <SeriesDetail slug={slug} id={id} />}
    </Drawer>
  );
}

function SeriesDetail({ slug, id }: { readonly slug: string; readonly id: string }) {
  const query = useSeries(id);
  return (
    <QueryState query={query}>
      {(series) => (
        <Stack gap="xl" data-testid="series-detail">
          <Group align="flex-start" wrap="nowrap">
            <Thumbnail
              url={series.volume?.thumbnail_url}
              alt={t("Sagittal preview of {{pseudonym}}", { pseudonym: series.patient.pseudonym })}
              width={150}
              height={200}
            />
            <Stack gap={6}>
              <Title order={2}>{series.patient.pseudonym}</Title>
              <Text c="dimmed">{patientLine(series)}</Text>
              <Text size="sm" c="dimmed">
                {t("added {{created_at}}", { created_at: formatDateTime(series.created_at) })}
              </Text>
              {series.volume !== null && (
                <Group>
                  <LookAtCt seriesId={series.id} label={t("Look at the CT")}>
                    {t("Look")}
                  </LookAtCt>
                </Group>
              )}
              {series.case_id !== null && (
                <Button component={Link} to={`/cases/${series.case_id}`} variant="light" size="xs" w="fit-content">
                  {t("Open the case")}
                </Button>
              )}
            </Stack>
          </Group>
          <section>
            <Title order={3} mb="xs">
              {t("Checks")}
            </Title>
            <CheckList checks={series.checks} />
            <SameScanBadge series={series} />
          </section>
          <section>
            <Title order={3} mb="xs">
              {t("Inclusion")}
            </Title>
            <InclusionList slug={slug} seriesId={series.id} held={series.held} verdicts={series.verdicts} />
          </section>
          {series.volume !== null && (
            <section>
              <Title order={3} mb="xs">
                {t("Engine")}
              </Title>
              <RunHistory slug={slug} volumeId={series.volume.id} />
            </section>
          )}
          <section>
            <Title order={3} mb="xs">
              {t("Facts")}
            </Title>
            <Facts series={series} />
          </section>
        </Stack>
      )}
    </QueryState>
  );
}

function Facts({ series }: { readonly series: Series }) {
  const { volume } = series;
  const geometry: [string, string][] =
    volume === null
      ? []
      : [
          [t("Voxels"), formatShape(volume.shape)],
          [t("Spacing"), formatSpacing(volume.spacing_mm)],
          [t("Hounsfield units"), t("{{hu_min}} to {{hu_max}}", { hu_min: volume.hu_min, hu_max: volume.hu_max })],
        ];
  const facts = Object.entries(series.facts).flatMap(([key, value]): [string, string][] => {
    const text = factValue(key, value);
    return text === null ? [] : [[factName(key), text]];
  });
  return (
    <Table verticalSpacing={5}>
      <Table.Tbody>
        {[[t("Format"), formatName(series.source_format)], ...geometry, ...facts].map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th w={190} fw={500}>
              {name}
            </Table.Th>
            <Table.Td className="tabular">{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
