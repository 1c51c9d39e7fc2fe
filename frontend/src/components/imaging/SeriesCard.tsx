import { Badge, Card, Group, Stack, Text } from "@mantine/core";
import { TextLink } from "@/components/common/links";
import { Thumbnail } from "@/components/common/Thumbnail";
import { QueryState, RowsSkeleton } from "@/components/common/QueryState";
import { useSeries } from "@/state/imaging";
import { CheckList } from "./CheckList";
import { headline, patientLine } from "./facts";
import { SameScanBadge } from "./SameScanBadge";
import { RunState } from "./RunState";

/** A series as it came out of an upload, with the engine's progress on it. */
export function SeriesCard({ id, slug }: { readonly id: string; readonly slug: string }) {
  const query = useSeries(id);
  return (
    <QueryState query={query} skeleton={<RowsSkeleton count={1} height={140} />}>
      {(series) => (
        <Card padding="md" data-testid="series-card">
          <Group wrap="nowrap" align="flex-start" gap="md">
            <Thumbnail
              url={series.volume?.thumbnail_url}
              alt={`Sagittal preview of ${series.patient.pseudonym}`}
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
              <Text size="sm" c="dimmed">
                {headline(series)}
              </Text>
              <CheckList checks={series.checks} brief />
              <SameScanBadge series={series} />
              <RunState run={series.run} />
            </Stack>
          </Group>
        </Card>
      )}
    </QueryState>
  );
}
