import { Badge, Card, Group, Stack, Text } from "@mantine/core";
import { t } from "@/i18n";
import { TextLink } from "@/components/common/links";
import { Thumbnail } from "@/components/common/Thumbnail";
import { QueryState, RowsSkeleton } from "@/components/common/QueryState";
import type { Series } from "@/api/types";
import { useSeries } from "@/state/imaging";
import { CheckList } from "./CheckList";
import { headline, patientLine } from "./facts";
import { levelsText, nextStep } from "./nextStep";
import { SameScanBadge } from "./SameScanBadge";
import { RunState } from "./RunState";

interface SeriesCardProps {
  readonly id: string;
  readonly slug: string;
  /** The files that it was read from, in words. */
  readonly from: string;
  /** The numbers of its mask wait for somebody to say what they mean. */
  readonly maskWaits: boolean;
}

/** A series as it came out of an upload: its alias, what was found in it, and what comes next. */
export function SeriesCard({ id, slug, from, maskWaits }: SeriesCardProps) {
  const query = useSeries(id);
  return (
    <QueryState query={query} skeleton={<RowsSkeleton count={1} height={140} />}>
      {(series) => (
        <Card padding="md" data-testid="series-card">
          <Group wrap="nowrap" align="flex-start" gap="md">
            <Thumbnail
              url={series.volume?.thumbnail_url}
              alt={t("Sagittal preview of {{pseudonym}}", { pseudonym: series.patient.pseudonym })}
              width={92}
              height={124}
            />
            <Stack gap={6} style={{ flex: 1, minWidth: 0 }}>
              <Group gap="xs">
                <TextLink fw={600} to="/projects/$slug/series" params={{ slug }} search={{ open: series.id }}>
                  {series.patient.pseudonym}
                </TextLink>
                <Badge color="gray">{patientLine(series)}</Badge>
              </Group>
              {from !== "" && (
                <Text size="sm" style={{ wordBreak: "break-all" }} data-testid="series-from">
                  {from}
                </Text>
              )}
              <Text size="sm" c="dimmed">
                {headline(series)}
              </Text>
              {series.levels.length > 0 && (
                <Text size="sm" data-testid="series-levels">
                  {levelsText(series.levels)}
                </Text>
              )}
              <Findings series={series} />
              <SameScanBadge series={series} />
              <RunState run={series.run} />
              <Text size="sm" fw={500} data-testid="next-step">
                {nextStep(series, maskWaits)}
              </Text>
              {series.case_id !== null && (
                <TextLink
                  size="sm"
                  underline="always"
                  to="/cases/$id"
                  params={{ id: series.case_id }}
                  data-testid="to-case"
                >
                  {t("To the case")}
                </TextLink>
              )}
            </Stack>
          </Group>
        </Card>
      )}
    </QueryState>
  );
}

/** What was noticed, in words; a badge where nothing was. */
function Findings({ series: { checks } }: { readonly series: Pick<Series, "checks"> }) {
  const findings = checks.filter(({ severity }) => severity !== "info");
  return <CheckList checks={findings} brief={findings.length === 0} />;
}
