import { Alert, Button, Card, Group, Progress, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconShieldExclamation } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Batch } from "@/api/types";
import { QueryState, RowsSkeleton } from "@/components/common/QueryState";
import { HeldMasks } from "@/components/imaging/HeldMasks";
import { SeriesCard } from "@/components/imaging/SeriesCard";
import { count, formatDate, formatPercent } from "@/state/format";
import { useBatch, useHeldMasks } from "@/state/imaging";
import { RefusedFiles } from "./RefusedFiles";
import { groupRefusals, shownName } from "./refusals";
import { sourceText } from "./sources";
import { useUploadSession } from "./useUploadSession";
import { WithdrawButton } from "./WithdrawButton";

interface BatchPanelProps {
  readonly slug: string;
  readonly batchId: string;
  readonly onAgain: () => void;
}

/** What became of a batch: first its progress, then the series that were found and the files that were not used. */
export function BatchPanel({ slug, batchId, onAgain }: BatchPanelProps) {
  const batch = useBatch(batchId);
  return (
    <QueryState query={batch} skeleton={<RowsSkeleton count={3} />}>
      {(data) =>
        data.state === "done" || data.state === "failed" || data.state === "withdrawn" ? (
          <Results batch={data} slug={slug} onAgain={onAgain} />
        ) : (
          <Processing batch={data} slug={slug} onAgain={onAgain} />
        )
      }
    </QueryState>
  );
}

interface StateProps {
  readonly batch: Batch;
  readonly slug: string;
  readonly onAgain: () => void;
}

function Processing({ batch, slug, onAgain }: StateProps) {
  const fraction = batch.job?.progress ?? 0;
  return (
    <Card padding="lg" data-testid="processing">
      <Stack gap="sm">
        <Text fw={600} fz="lg">
          De-identifying and converting {count(batch.uploads.length, "file")}
        </Text>
        <Progress value={Math.max(3, 100 * fraction)} size="lg" animated aria-label="Processed" />
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {batch.job?.message || "Waiting for a worker"}
          </Text>
          <Text size="sm" c="dimmed" className="tabular">
            {formatPercent(fraction)}
          </Text>
        </Group>
        <Text size="sm" c="dimmed">
          This goes on without you: you can close the page and find the results under Series.
        </Text>
        <Group>
          <Button variant="default" size="xs" onClick={onAgain} data-testid="upload-another">
            Upload more meanwhile
          </Button>
          <WithdrawButton slug={slug} batch={batch} label="Stop and delete the files" size="xs" />
        </Group>
      </Stack>
    </Card>
  );
}

function Results({ batch, slug, onAgain }: StateProps) {
  const { session } = useUploadSession(slug);
  const { data: masks } = useHeldMasks(slug);
  const sources = new Map(batch.sources.map(({ series, uploads }) => [series, uploads]));
  const refused = batch.uploads.filter(({ state }) => state === "quarantined");
  return (
    <Stack gap="lg" data-testid="batch-results">
      {batch.state === "failed" && (
        <Alert color="red" icon={<IconAlertTriangle />} title="Processing failed">
          {batch.job?.error || "The worker could not finish this batch."} The files are kept; try the job again under{" "}
          <Link to="/projects/$slug/jobs" params={{ slug }}>
            Jobs
          </Link>
          , or withdraw the upload. Left alone, the files are deleted on {formatDate(batch.raw_until)}.
          <WithdrawButton slug={slug} batch={batch} label="Withdraw this upload" mt="xs" display="block" />
        </Alert>
      )}
      {batch.state === "withdrawn" && (
        <Alert color="gray" title="This upload was withdrawn">
          Its files are deleted.
        </Alert>
      )}
      <HeldMasks slug={slug} series={batch.series} />
      <section aria-labelledby="found-title">
        <Group justify="space-between" mb="sm">
          <Title order={2} id="found-title">
            {batch.series.length} series found
          </Title>
          <Group>
            <Button variant="default" component={Link} to={`/projects/${slug}/series`}>
              All series
            </Button>
            <Button onClick={onAgain} data-testid="upload-more">
              Upload more
            </Button>
          </Group>
        </Group>
        {batch.series.length === 0 ? (
          <Text c="dimmed">No new CT series came of these files.</Text>
        ) : (
          <SimpleGrid cols={{ base: 1, lg: 2, xl: 3 }}>
            {batch.series.map((id) => (
              <SeriesCard
                key={id}
                id={id}
                slug={slug}
                from={sourceText(sources.get(id) ?? [], session.nameOf)}
                maskWaits={masks?.some(({ series_id: of, state }) => of === id && state === "waiting") ?? false}
              />
            ))}
          </SimpleGrid>
        )}
      </section>
      {refused.length > 0 && (
        <section aria-labelledby="refused-title">
          <Title order={2} mb="sm" id="refused-title">
            <IconShieldExclamation size={20} style={{ verticalAlign: "-3px" }} aria-hidden="true" />{" "}
            {count(refused.length, "file")} in quarantine
          </Title>
          <Stack gap="xs">
            {groupRefusals(refused).map((group) => (
              <Alert
                key={group.key}
                color="amber"
                title={group.files.length === 1 ? shownName(group.files[0]) : count(group.files.length, "file")}
                data-testid="refused-file"
              >
                {group.alike && <Text size="sm">{group.reason}</Text>}
                {group.advice !== "" && <Text size="sm">{group.advice}</Text>}
                {group.files.length > 1 && <RefusedFiles group={group} />}
              </Alert>
            ))}
          </Stack>
          <Text size="sm" c="dimmed" mt="xs">
            They are kept for you under{" "}
            <Link to="/projects/$slug/quarantine" params={{ slug }}>
              Quarantine
            </Link>{" "}
            until {formatDate(refused[0]?.raw_until)}.
          </Text>
          {batch.series.length === 0 && (
            <WithdrawButton slug={slug} batch={batch} label="Withdraw this upload" mt="xs" />
          )}
        </section>
      )}
    </Stack>
  );
}
