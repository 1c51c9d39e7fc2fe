import { Alert, Button, Card, Group, Progress, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconShieldExclamation } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { answeredReasons, t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
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
          {t("De-identifying and converting {{files}}", { files: count(batch.uploads.length, "file") })}
        </Text>
        <Progress value={Math.max(3, 100 * fraction)} size="lg" animated aria-label={t("Processed")} />
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {batch.job?.message || t("Waiting for a worker")}
          </Text>
          <Text size="sm" c="dimmed" className="tabular">
            {formatPercent(fraction)}
          </Text>
        </Group>
        <Text size="sm" c="dimmed">
          {t("This goes on without you: you can close the page and find the results under Series.")}
        </Text>
        <Group>
          <Button variant="default" size="xs" onClick={onAgain} data-testid="upload-another">
            {t("Upload more meanwhile")}
          </Button>
          <WithdrawButton slug={slug} batch={batch} label={t("Stop and delete the files")} size="xs" />
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
        <Alert color="red" icon={<IconAlertTriangle />} title={t("Processing failed")}>
          <Rich
            text="{{error}} The files are kept; try the job again under <1>Jobs</1>, or withdraw the upload. Left alone, the files are deleted on {{raw_until}}."
            values={{
              error: batch.job?.error || t("The worker could not finish this batch."),
              raw_until: formatDate(batch.raw_until),
            }}
            parts={[
              (inner) => (
                <Link to="/projects/$slug/jobs" params={{ slug }}>
                  {inner}
                </Link>
              ),
            ]}
          />
          <WithdrawButton slug={slug} batch={batch} label={t("Withdraw this upload")} mt="xs" display="block" />
        </Alert>
      )}
      {batch.state === "withdrawn" && (
        <Alert color="gray" title={t("This upload was withdrawn")}>
          {t("Its files are deleted.")}
        </Alert>
      )}
      <HeldMasks slug={slug} series={batch.series} />
      <section aria-labelledby="found-title">
        <Group justify="space-between" mb="sm">
          <Title order={2} id="found-title">
            {t("{{series}} series found", { series: batch.series.length })}
          </Title>
          <Group>
            <Button variant="default" component={Link} to={`/projects/${slug}/series`}>
              {t("All series")}
            </Button>
            <Button onClick={onAgain} data-testid="upload-more">
              {t("Upload more")}
            </Button>
          </Group>
        </Group>
        {batch.series.length === 0 ? (
          <Text c="dimmed">{t("No new CT series came of these files.")}</Text>
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
            {t("{{files}} in quarantine", { files: count(refused.length, "file") })}
          </Title>
          <Stack gap="xs">
            {groupRefusals(refused).map((group) => (
              <Alert
                key={group.key}
                color="amber"
                title={group.files.length === 1 ? shownName(group.files[0]) : count(group.files.length, "file")}
                data-testid="refused-file"
              >
                {group.alike && <Text size="sm">{answeredReasons(group.reason)}</Text>}
                {group.advice !== "" && <Text size="sm">{group.advice}</Text>}
                {group.files.length > 1 && <RefusedFiles group={group} />}
              </Alert>
            ))}
          </Stack>
          <Text size="sm" c="dimmed" mt="xs">
            <Rich
              text="They are kept for you under <1>Quarantine</1> until {{raw_until}}."
              values={{ raw_until: formatDate(refused[0]?.raw_until) }}
              parts={[
                (inner) => (
                  <Link to="/projects/$slug/quarantine" params={{ slug }}>
                    {inner}
                  </Link>
                ),
              ]}
            />
          </Text>
          {batch.series.length === 0 && (
            <WithdrawButton slug={slug} batch={batch} label={t("Withdraw this upload")} mt="xs" />
          )}
        </section>
      )}
    </Stack>
  );
}
