import { Button, Card, Grid, Stack, Text, Title } from "@mantine/core";
import { IconPackageExport } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t } from "@/i18n";
import type { Project } from "@/api/types";
import { AssignmentRow } from "@/components/cases/AssignmentRow";
import { Markdown } from "@/components/common/Markdown";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { FirstHourIn } from "@/components/home/FirstHour";
import { NextTaskButton } from "@/components/projects/NextTaskButton";
import { StageFlow } from "@/components/projects/StageFlow";
import { useMyAssignments } from "@/state/cases";

/** A project as its raters, radiologists and researchers find it. */
export function ProjectOverview({ project }: { readonly project: Project }) {
  const works = project.my_roles.some((role) => role === "rater" || role === "radiologist");
  return (
    <>
      <PageHeader
        title={project.name}
        description={project.description}
        actions={
          works ? (
            <NextTaskButton slug={project.slug} />
          ) : (
            <Button
              component={Link}
              to={`/projects/${project.slug}/releases`}
              leftSection={<IconPackageExport size={16} />}
            >
              {t("See the releases")}
            </Button>
          )
        }
      />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: works ? 7 : 12 }}>
          <Stack gap="lg">
            <FirstHourIn slug={project.slug} />
            <Card padding="lg">
              <Title order={2} mb="md">
                {t("How a case becomes data")}
              </Title>
              <StageFlow stages={project.protocol.stages} />
            </Card>
            <Card padding="lg">
              <Title order={2} mb="sm">
                {t("Guidelines")}
              </Title>
              {project.guidelines === "" ? (
                <Text c="dimmed">{t("The manager has not written any yet.")}</Text>
              ) : (
                <Markdown text={project.guidelines} />
              )}
            </Card>
          </Stack>
        </Grid.Col>
        {works && (
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <MyTasks slug={project.slug} />
          </Grid.Col>
        )}
      </Grid>
    </>
  );
}

function MyTasks({ slug }: { readonly slug: string }) {
  const assignments = useMyAssignments("open");
  return (
    <section aria-labelledby="my-tasks-title">
      <Title order={2} mb="sm" id="my-tasks-title">
        {t("My open tasks")}
      </Title>
      <QueryState query={assignments}>
        {(all) => {
          const mine = all.filter(({ project }) => project.slug === slug);
          if (mine.length === 0) return <Text c="dimmed">{t("None. Take the next one when you are ready.")}</Text>;
          return (
            <Stack gap="sm">
              {mine.map((assignment) => (
                <AssignmentRow key={assignment.id} assignment={assignment} />
              ))}
            </Stack>
          );
        }}
      </QueryState>
    </section>
  );
}
