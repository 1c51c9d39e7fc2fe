import { Badge, Button, Card, Group, Progress, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { IconFolderPlus, IconPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t } from "@/i18n";
import type { Project } from "@/api/types";
import { ROLE_NAMES } from "@/components/common/badges";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { MyInvitations } from "@/components/projects/MyInvitations";
import { NoProjectRight } from "@/components/projects/NoProjectRight";
import classes from "@/components/projects/ProjectCard.module.css";
import { useLeaveProject } from "@/state/activeProject";
import { formatNumber } from "@/state/format";
import { useMe } from "@/state/session";
import { useProjects } from "@/state/projects";

const COLUMNS = { base: 1, sm: 2, xl: 3 };

export function ProjectsPage() {
  useLeaveProject();
  const projects = useProjects();
  const may = useMe().may_create_projects;
  return (
    <>
      <PageHeader
        title={t("Projects")}
        description={t("Each project is one data set in the making, with its own people, protocol and releases.")}
        {...(may && {
          actions: (
            <Button component={Link} to="/projects/new" leftSection={<IconPlus size={16} />} data-testid="new-project">
              {t("New project")}
            </Button>
          ),
        })}
      />
      <MyInvitations />
      {!may && <NoProjectRight />}
      <QueryState
        query={projects}
        skeleton={
          <SimpleGrid cols={COLUMNS} role="status" aria-label={t("Loading")}>
            {[0, 1, 2].map((index) => (
              <Skeleton key={index} h={190} />
            ))}
          </SimpleGrid>
        }
      >
        {(rows) =>
          rows.length === 0 ? (
            <Message icon={<IconFolderPlus />} title={t("No project yet")}>
              {may
                ? t("Create one from a protocol, or ask a manager to invite you to theirs.")
                : t("Ask a manager to invite you to theirs.")}
            </Message>
          ) : (
            <SimpleGrid cols={COLUMNS}>
              {rows.map((project) => (
                <ProjectCard key={project.id} project={project} />
              ))}
            </SimpleGrid>
          )
        }
      </QueryState>
    </>
  );
}

function ProjectCard({ project }: { readonly project: Project }) {
  const { counts } = project;
  return (
    <Card
      component={Link}
      to={`/projects/${project.slug}`}
      padding="lg"
      className={classes.card}
      data-testid={`project-${project.slug}`}
    >
      <Stack justify="space-between" h="100%">
        <div>
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Text fw={600} fz="lg" lh={1.3}>
              {project.name}
            </Text>
            <Badge color="gray" style={{ flex: "none" }}>
              {project.protocol.name}
            </Badge>
          </Group>
          <Text size="sm" c="dimmed" lineClamp={2} mt={4}>
            {project.description || t("No description")}
          </Text>
        </div>
        <div>
          {counts !== null && <Accepted counts={counts} />}
          <Text size="xs" c="dimmed" mt="sm">
            {t("You: {{my_roles}}", {
              my_roles: project.my_roles.map((role) => ROLE_NAMES[role]).join(", ") || t("administrator"),
            })}
          </Text>
        </div>
      </Stack>
    </Card>
  );
}

function Accepted({ counts: { series, cases, accepted } }: { readonly counts: NonNullable<Project["counts"]> }) {
  return (
    <>
      <Group justify="space-between" mb={6}>
        <Text size="sm" className="tabular">
          {t("{{accepted}} of {{cases}} cases accepted", {
            accepted: formatNumber(accepted),
            cases: formatNumber(cases),
          })}
        </Text>
        <Text size="sm" c="dimmed" className="tabular">
          {t("{{series}} series", { series: formatNumber(series) })}
        </Text>
      </Group>
      <Progress value={cases === 0 ? 0 : (100 * accepted) / cases} size="sm" aria-label={t("Cases accepted")} />
    </>
  );
}
