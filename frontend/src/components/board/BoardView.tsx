import { Button, Card, Grid, Group, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconCloudUpload, IconPackageExport } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { t } from "@/i18n";
import type { Board, Project } from "@/api/types";
import { BulkBar } from "@/components/cases/BulkBar";
import { CardLink } from "@/components/common/links";
import { PageHeader } from "@/components/common/PageHeader";
import { Message } from "@/components/common/Message";
import { QueryState } from "@/components/common/QueryState";
import { asOfText } from "@/components/reports/AsOfNote";
import { FirstSteps } from "@/components/projects/FirstSteps";
import { GroupFilter } from "@/components/projects/GroupSelect";
import { StaffingNote } from "@/components/projects/StaffingNote";
import { NextTaskButton } from "@/components/projects/NextTaskButton";
import { useBoard } from "@/state/cases";
import { formatNumber } from "@/state/format";
import { useGroupChoice } from "@/state/groups";
import { Kanban } from "./Kanban";
import { RaterTable } from "./RaterTable";

// The chart library is large and stands below the fold.
const ThroughputChart = lazy(async () => ({ default: (await import("./ThroughputChart")).ThroughputChart }));

export function BoardView({ project }: { readonly project: Project }) {
  const board = useBoard(project.slug);
  const works = project.my_roles.some((role) => role === "rater" || role === "radiologist");
  return (
    <>
      <PageHeader
        title={project.name}
        description={project.description}
        actions={
          <>
            {works && <NextTaskButton slug={project.slug} variant="default" />}
            <Button
              component={Link}
              to={`/projects/${project.slug}/releases`}
              variant="default"
              leftSection={<IconPackageExport size={16} />}
            >
              {t("Releases")}
            </Button>
            <Button
              component={Link}
              to={`/projects/${project.slug}/upload`}
              leftSection={<IconCloudUpload size={16} />}
              data-testid="go-upload"
            >
              {t("Upload CTs")}
            </Button>
          </>
        }
      />
      <Stack gap="xl">
        <FirstSteps project={project} board={board.data} />
        <Counts project={project} />
        <StaffingNote project={project} linked />
        <QueryState query={board} skeleton={<BoardSkeleton />}>
          {(data) => <BoardContent board={data} project={project} />}
        </QueryState>
      </Stack>
    </>
  );
}

function Counts({ project }: { readonly project: Project }) {
  if (project.counts === null) return null;
  const { series, cases, accepted, quarantined } = project.counts;
  const facts = [
    { label: t("Series"), value: series, to: "/projects/$slug/series", search: {} },
    { label: t("Cases"), value: cases, to: "/projects/$slug/cases", search: {} },
    { label: t("Accepted"), value: accepted, to: "/projects/$slug/cases", search: { state: "accepted" } },
    { label: t("In quarantine"), value: quarantined, to: "/projects/$slug/quarantine", search: {} },
  ] as const;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      {facts.map(({ label, value, to, search }) => (
        <CardLink
          key={label}
          to={to}
          params={{ slug: project.slug }}
          search={search}
          padding="md"
          data-testid={`count-${"state" in search ? search.state : to.split("/").at(-1)}`}
        >
          <Text size="sm" c="dimmed">
            {label}
          </Text>
          <Text fz={28} fw={600} lh={1.2} className="tabular">
            {formatNumber(value)}
          </Text>
        </CardLink>
      ))}
    </SimpleGrid>
  );
}

function BoardContent({ board, project }: { readonly board: Board; readonly project: Project }) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const choice = useGroupChoice(project.slug);
  const shown = board.stages.flatMap(({ cases }) => cases.map(({ id }) => id));
  const chosen = shown.filter((id) => selected.has(id)); // a case that has left the board is not acted on
  const empty = board.stages.every(({ count }) => count === 0);
  if (empty) {
    return (
      <Card>
        <Message
          icon={<IconCloudUpload />}
          title={t("No case yet")}
          action={
            <Button component={Link} to={`/projects/${project.slug}/upload`}>
              {t("Upload CTs")}
            </Button>
          }
        >
          {t(
            "Upload DICOM folders, zips or NIfTI files. Each series becomes a case, gets its first mask from the engine and then moves over this board.",
          )}
        </Message>
      </Card>
    );
  }
  return (
    <>
      <div>
        <BulkBar slug={project.slug} caseIds={chosen} onSelect={(ids) => setSelected(new Set(ids))} />
        <Kanban slug={project.slug} stages={board.stages} selected={selected} onSelect={setSelected} />
      </div>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, xl: 7 }}>
          <Card padding="lg" h="100%">
            <Group justify="space-between" mb="md">
              <Title order={2}>{t("People")}</Title>
              <GroupFilter choice={choice} />
            </Group>
            {board.as_of.kept && (
              <Text size="sm" c="dimmed" mb="sm" data-testid="as-of">
                {asOfText(board.as_of)}
              </Text>
            )}
            <RaterTable
              raters={board.raters.filter(({ user }) => choice.holds(user.id))}
              filtered={choice.id !== null}
            />
          </Card>
        </Grid.Col>
        <Grid.Col span={{ base: 12, xl: 5 }}>
          <Card padding="lg" h="100%">
            <Title order={2} mb="md">
              {t("Throughput")}
            </Title>
            <Suspense fallback={<Skeleton h={260} />}>
              <ThroughputChart days={board.throughput} />
            </Suspense>
          </Card>
        </Grid.Col>
      </Grid>
    </>
  );
}

function BoardSkeleton() {
  return (
    <SimpleGrid cols={{ base: 2, lg: 5 }} role="status" aria-label={t("Loading")}>
      {[0, 1, 2, 3, 4].map((index) => (
        <Skeleton key={index} h={280} />
      ))}
    </SimpleGrid>
  );
}
