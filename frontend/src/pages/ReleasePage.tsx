import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { addressOf } from "@/api/client";
import {
  Alert,
  Badge,
  Button,
  Card,
  Code,
  CopyButton,
  Grid,
  Group,
  Progress,
  SimpleGrid,
  Stack,
  Tabs,
  Text,
} from "@mantine/core";
import { IconAlertTriangle, IconCopy, IconFileCheck } from "@tabler/icons-react";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReleaseDetail } from "@/api/types";
import { ReleaseChallenges } from "@/components/challenges/ReleaseChallenges";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { Changes } from "@/components/releases/Changes";
import { Citation } from "@/components/releases/Citation";
import { DraftActions } from "@/components/releases/DraftActions";
import { Downloads } from "@/components/releases/Downloads";
import { EmbargoCard } from "@/components/releases/EmbargoCard";
import { Errata } from "@/components/releases/Errata";
import { Faults } from "@/components/releases/Faults";
import { emptyParts } from "@/components/releases/emptyParts";
import { PlanPanel } from "@/components/releases/PlanPanel";
import { PublishPanel } from "@/components/releases/PublishPanel";
import { ReleaseBadge } from "@/components/releases/ReleaseBadge";
import { ReleaseFiles } from "@/components/releases/ReleaseFiles";
import { SplitCard } from "@/components/releases/SplitCard";
import { StatisticsView } from "@/components/statistics/StatisticsView";
import { useSetActiveProject } from "@/state/activeProject";
import { formatBytes, formatDate, formatNumber } from "@/state/format";
import { useReleaseStatistics } from "@/state/measurements";
import { useRelease } from "@/state/releases";
import { mayActAs, useMe } from "@/state/session";

export function ReleasePage() {
  const { id } = useParams({ from: "/guarded/shell/releases/$id" });
  const query = useRelease(id);
  useSetActiveProject(query.data?.project);
  return <QueryState query={query}>{(release) => <ReleaseView release={release} />}</QueryState>;
}

function ReleaseView({ release }: { readonly release: ReleaseDetail }) {
  const me = useMe();
  const manager = mayActAs(me, release.project.slug, "manager");
  const drafted = manager && (release.state === "draft" || release.state === "failed");
  const { tab: asked = "files" } = useSearch({ from: "/guarded/shell/releases/$id" });
  const tab = asked === "plan" && !drafted ? "files" : asked; // once frozen there is no plan to show
  const navigate = useNavigate();
  return (
    <>
      <PageHeader
        documentTitle={`${release.title} ${release.version}`}
        title={
          <Group gap="sm" component="span">
            {release.title}
            <Badge size="lg" color="gray">
              {release.version}
            </Badge>
            <ReleaseBadge state={release.state} />
          </Group>
        }
        trail={[
          { label: release.project.name, to: `/projects/${release.project.slug}` },
          { label: t("Releases"), to: `/projects/${release.project.slug}/releases` },
        ]}
        description={release.notes}
        actions={drafted ? <DraftActions release={release} /> : undefined}
      />
      <Stack gap="lg">
        <BuildState release={release} />
        <StandingNote release={release} />
        <Facts release={release} />
        <Tabs
          value={tab}
          onChange={(value) =>
            void navigate({
              to: ".",
              search: { tab: value === "files" ? undefined : (value ?? undefined) },
              replace: true,
            })
          }
          keepMounted={false}
        >
          <Tabs.List mb="lg">
            <Tabs.Tab value="files">{t("Files")}</Tabs.Tab>
            <Tabs.Tab value="statistics">{t("Statistics")}</Tabs.Tab>
            {(manager || release.accepted) && <Tabs.Tab value="changes">{t("What is new")}</Tabs.Tab>}
            {manager && release.state === "frozen" && <Tabs.Tab value="publishing">{t("Publishing")}</Tabs.Tab>}
            {drafted && <Tabs.Tab value="plan">{t("Plan")}</Tabs.Tab>}
          </Tabs.List>
          <Tabs.Panel value="files">
            <Contents release={release} manager={manager} />
          </Tabs.Panel>
          <Tabs.Panel value="statistics">
            <ReleaseStatistics release={release} manager={manager} />
          </Tabs.Panel>
          {(manager || release.accepted) && (
            <Tabs.Panel value="changes">
              <Changes release={release} manager={manager} />
            </Tabs.Panel>
          )}
          {manager && release.state === "frozen" && (
            <Tabs.Panel value="publishing">
              <PublishPanel release={release} />
            </Tabs.Panel>
          )}
          {drafted && (
            <Tabs.Panel value="plan">
              <PlanPanel release={release} />
            </Tabs.Panel>
          )}
        </Tabs>
      </Stack>
    </>
  );
}

function Contents({ release, manager }: { readonly release: ReleaseDetail; readonly manager: boolean }) {
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <Stack gap="lg">
          {release.state === "frozen" && release.standing !== "withdrawn" && <Downloads release={release} />}
          {release.custody && <EmbargoCard release={release} />}
          <Citation citations={release.citations} />
          <SplitCard release={release} />
          {release.state === "frozen" && <ReleaseChallenges releaseId={release.id} manager={manager} />}
          {release.state === "frozen" && <Errata release={release} manager={manager} />}
          {release.state === "frozen" && <Faults release={release} manager={manager} />}
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <ReleaseFiles release={release} />
      </Grid.Col>
    </Grid>
  );
}

function ReleaseStatistics({ release, manager }: { readonly release: ReleaseDetail; readonly manager: boolean }) {
  const query = useReleaseStatistics(release.id);
  return (
    <QueryState query={query}>
      {(report) => (
        <>
          {!manager && release.counts.splits["test"]?.vertebrae === null && (
            <Alert color="gray" mb="lg">
              {t("The test part is still secret and not counted here.")}
            </Alert>
          )}
          <StatisticsView report={report} />
        </>
      )}
    </QueryState>
  );
}

/** What keeps a frozen release from its readers. */
function StandingNote({ release }: { readonly release: ReleaseDetail }) {
  if (release.state !== "frozen" || release.standing === "published") return null;
  if (release.standing === "withdrawn") {
    return (
      <Alert color="red" icon={<IconAlertTriangle />} title={t("Withdrawn")}>
        {release.withdrawn_reason}
      </Alert>
    );
  }
  return (
    <Alert color="amber" data-testid="not-published">
      {t("Not published yet: only the managers of the project see this release. Publish it under Publishing.")}
    </Alert>
  );
}

function BuildState({ release }: { readonly release: ReleaseDetail }) {
  if (release.state === "building") {
    return (
      <Alert color="petrol" title={t("Being built")}>
        {t("Files are written and checked. This page follows by itself.")}
        <Progress value={100} animated mt="sm" aria-label={t("Building")} />
      </Alert>
    );
  }
  if (release.state === "failed") {
    return (
      <Alert color="red" icon={<IconAlertTriangle />} title={t("Building failed")}>
        {release.error || t("See the project's jobs for the reason.")}
      </Alert>
    );
  }
  return null;
}

function Facts({ release }: { readonly release: ReleaseDetail }) {
  const size = release.files.reduce((sum, file) => sum + file.size_bytes, 0);
  const sealed = release.counts.splits["test"]?.vertebrae === null && !emptyParts(release).includes("test");
  const facts = [
    [t("Patients"), formatNumber(release.counts.patients)],
    [t("Series"), formatNumber(release.counts.series)],
    [t("Files"), release.files.length === 0 ? "–" : formatNumber(release.files.length)],
    [t("Size"), release.files.length === 0 ? "–" : formatBytes(size)],
    [t("Vertebrae"), formatNumber(release.counts.vertebrae)],
    [t("Fractured"), formatNumber(release.counts.fractures)],
    [t("Licence"), release.licence],
    [t("Frozen"), release.frozen_at === null ? t("not yet") : formatDate(release.frozen_at)],
  ] as const;
  return (
    <Card padding="lg">
      <SimpleGrid cols={{ base: 2, sm: 4, lg: 8 }}>
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
      {sealed && (
        <Text size="sm" c="dimmed" mt="md" data-testid="sealed-note">
          <Rich
            text="These counts leave out what is sealed of the test part until <1/>. The manifest holds the SHA-256 of the part's own manifest, which opens with it."
            parts={[release.embargo_until !== null && formatDate(release.embargo_until)]}
          />
        </Text>
      )}
      {release.manifest_sha256 !== "" && (
        <Group gap="xs" mt="md">
          <IconFileCheck size={18} aria-hidden="true" style={{ flex: "none" }} />
          <Text size="sm">{t("Manifest SHA-256")}</Text>
          <Code data-testid="manifest-sha256" style={{ wordBreak: "break-all" }}>
            {release.manifest_sha256}
          </Code>
          <CopyButton value={release.manifest_sha256}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="subtle" onClick={copy} leftSection={<IconCopy size={13} />}>
                {copied ? t("Copied") : t("Copy")}
              </Button>
            )}
          </CopyButton>
          {release.accepted && (
            <Button
              component="a"
              size="compact-xs"
              variant="subtle"
              href={addressOf("/api/v1/releases/{release_id}/manifest.json", { release_id: release.id })}
            >
              {t("Manifest")}
            </Button>
          )}
        </Group>
      )}
    </Card>
  );
}
