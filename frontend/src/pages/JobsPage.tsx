import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Alert, Button, Card, Group, Progress, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconStack2 } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Job, JobState } from "@/api/types";
import { JobBadge } from "@/components/common/badges";
import { confirm } from "@/components/common/confirm";
import { TextLink } from "@/components/common/links";
import { Message } from "@/components/common/Message";
import { notifyFailure } from "@/components/common/notify";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { jobTitle } from "@/components/imaging/jobs";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { LookLink } from "@/components/viewing/LookLink";
import { formatDuration, formatPercent, formatRelative } from "@/state/format";
import { useCancelJob, useJobs } from "@/state/pipeline";

const STATES = [
  { value: "", label: t("All") },
  { value: "running", label: t("Running") },
  { value: "queued", label: t("Queued") },
  { value: "failed", label: t("Failed") },
  { value: "succeeded", label: t("Done") },
];

export function JobsPage() {
  const slug = useSlug();
  const search: { state?: JobState } = useSearch({ strict: false });
  const state = search.state ?? "";
  const navigate = useNavigate();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader
        title={t("Jobs")}
        description={t(
          "Work that goes on in the background: reading uploads, running engines, comparing, fusing, building releases.",
        )}
        actions={
          <SegmentedControl
            value={state}
            data={STATES}
            onChange={(next) => void navigate({ to: ".", search: next === "" ? {} : { state: next }, replace: true })}
            aria-label={t("Which jobs")}
          />
        }
      />
      <JobList slug={slug} state={state} />
    </RequireRole>
  );
}

function JobList({ slug, state }: { readonly slug: string; readonly state: JobState | "" }) {
  const jobs = useJobs(slug, state === "" ? null : state);
  return (
    <QueryState query={jobs}>
      {(rows) =>
        rows.length === 0 ? (
          <Message icon={<IconStack2 />} title={t("No job")}>
            {state === "" ? t("Jobs appear here when files are uploaded.") : t("No job is in this state.")}
          </Message>
        ) : (
          <Stack gap={6} data-testid="job-list">
            {rows.map((job) => (
              <JobRow key={job.id} job={job} slug={slug} />
            ))}
          </Stack>
        )
      }
    </QueryState>
  );
}

function seconds(from: string | null, to: string | null): number | null {
  if (from === null) return null;
  return ((to === null ? Date.now() : Date.parse(to)) - Date.parse(from)) / 1000;
}

function JobRow({ job, slug }: { readonly job: Job; readonly slug: string }) {
  const cancel = useCancelJob(slug);
  const active = job.state === "queued" || job.state === "running";
  const stop = () =>
    confirm({
      title: t("Cancel this job?"),
      body: t("It stops at the next safe point. Nothing that was stored before is removed."),
      verb: t("Cancel the job"),
      danger: true,
      onConfirm: () => act(cancel, job.id, { onError: (error) => notifyFailure(error) }),
    });
  return (
    <Card px="md" py="xs" data-testid="job" data-state={job.state}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" className="acts-below">
        <Stack gap={4} style={{ flex: 1, minWidth: 0 }}>
          <Group gap="xs">
            <JobBadge state={job.state} />
            <Text fw={600}>{jobTitle(job.kind)}</Text>
            {job.subject !== null && (
              <TextLink
                size="sm"
                to={job.subject.kind === "case" ? "/cases/$id" : "/releases/$id"}
                params={{ id: job.subject.id }}
              >
                {job.subject.name}
              </TextLink>
            )}
            {job.subject?.kind === "case" && (
              <LookLink caseId={job.subject.id} label={t("Look at {{name}}", { name: job.subject.name })} />
            )}
            <Text size="sm" c="dimmed">
              {formatRelative(job.created_at)}
              {job.started_at !== null && ` · ${formatDuration(seconds(job.started_at, job.finished_at))}`}
              {job.attempts > 1 && t(" · attempt {{attempts}}", { attempts: job.attempts })}
            </Text>
          </Group>
          {job.state === "running" && (
            <Group gap="sm" wrap="nowrap">
              <Progress
                value={Math.max(2, 100 * job.progress)}
                animated
                style={{ flex: 1 }}
                aria-label={t("Progress of {{kind}}", { kind: jobTitle(job.kind) })}
              />
              <Text size="sm" className="tabular" w={46} ta="right">
                {formatPercent(job.progress)}
              </Text>
            </Group>
          )}
          {active && job.message !== "" && (
            <Text size="sm" c="dimmed">
              {job.message}
            </Text>
          )}
          {job.error !== "" && (
            <Alert color="red" variant="light" p="xs" mt={4}>
              {job.error}
            </Alert>
          )}
        </Stack>
        {active && (
          <Button variant="default" size="xs" onClick={stop} disabled={job.cancel_requested} loading={cancel.isPending}>
            {job.cancel_requested ? t("Stopping") : t("Cancel")}
          </Button>
        )}
      </Group>
    </Card>
  );
}
