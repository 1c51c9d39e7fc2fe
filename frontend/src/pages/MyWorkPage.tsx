import { Button, Card, Group, SegmentedControl, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconArrowRight, IconCoffee } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Me, Role } from "@/api/types";
import { AssignmentRow } from "@/components/cases/AssignmentRow";
import { ROLE_NAMES } from "@/components/common/badges";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { MyInvitations } from "@/components/projects/MyInvitations";
import { NextTaskButton } from "@/components/projects/NextTaskButton";
import { useLeaveProject } from "@/state/activeProject";
import { inHandText, waitingText } from "@/domain/taskKinds";
import { useMyAssignments, useWaiting, type WorkState } from "@/state/cases";
import { useMe } from "@/state/session";

const WORKING_ROLES: readonly Role[] = ["rater", "radiologist"];

interface WorkProject {
  readonly slug: string;
  readonly name: string;
  readonly roles: Role[];
}

function projectsOf(me: Me): WorkProject[] {
  const bySlug = new Map<string, WorkProject>();
  for (const { project, role } of me.memberships) {
    const entry = bySlug.get(project.slug) ?? { slug: project.slug, name: project.name, roles: [] };
    entry.roles.push(role as Role);
    bySlug.set(project.slug, entry);
  }
  return [...bySlug.values()];
}

export function MyWorkPage() {
  useLeaveProject();
  const me = useMe();
  const [state, setState] = useState<WorkState>("open");
  const assignments = useMyAssignments(state);
  const projects = projectsOf(me);
  return (
    <>
      <PageHeader
        title={`Hello, ${(me.display_name || me.email).split(" ")[0] ?? ""}`}
        documentTitle="My work"
        description="Your tasks in all projects. Everything you do in a task is saved as you go."
      />
      <MyInvitations />
      <Stack gap="xl">
        <section aria-labelledby="assignments-title">
          <Group justify="space-between" mb="sm">
            <Title order={2} id="assignments-title">
              My tasks
            </Title>
            <SegmentedControl
              size="xs"
              value={state}
              onChange={(value) => setState(value as WorkState)}
              data={[
                { value: "open", label: "To do" },
                { value: "submitted", label: "Submitted" },
              ]}
              aria-label="Which tasks"
            />
          </Group>
          <QueryState query={assignments}>
            {(rows) =>
              rows.length === 0 ? (
                <EmptyWork state={state} working={projects.some(canWork)} />
              ) : (
                <Stack gap="sm" data-testid="my-assignments">
                  {state === "open" && (
                    <Text size="sm" data-testid="in-hand">
                      {inHandText(rows)}
                    </Text>
                  )}
                  {rows.map((assignment) => (
                    <AssignmentRow key={assignment.id} assignment={assignment} />
                  ))}
                </Stack>
              )
            }
          </QueryState>
        </section>
        <section aria-labelledby="projects-title">
          <Title order={2} id="projects-title" mb="sm">
            My projects
          </Title>
          <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }}>
            {projects.map((project) => (
              <ProjectCard key={project.slug} project={project} />
            ))}
          </SimpleGrid>
          {projects.length === 0 && (
            <Text c="dimmed">
              You are in no project yet. A project&apos;s manager adds you by your e-mail address, {me.email}.
            </Text>
          )}
        </section>
      </Stack>
    </>
  );
}

function canWork({ roles }: WorkProject): boolean {
  return roles.some((role) => WORKING_ROLES.includes(role));
}

function EmptyWork({ state, working }: { readonly state: string; readonly working: boolean }) {
  if (state === "submitted") {
    return (
      <Card>
        <Message compact icon={<IconCoffee />} title="Nothing submitted yet">
          What you submit is listed here.
        </Message>
      </Card>
    );
  }
  return (
    <Card>
      <Message compact icon={<IconCoffee />} title="No open task" testId="no-open-task">
        {working
          ? "Take the next task of one of your projects below."
          : "Your roles have no tasks of their own. Open a project to follow its work or to download its releases."}
      </Message>
    </Card>
  );
}

function ProjectCard({ project }: { readonly project: WorkProject }) {
  const waiting = useWaiting();
  return (
    <Card padding="lg">
      <Stack gap="sm" h="100%" justify="space-between">
        <div>
          <Text fw={600} fz="lg">
            {project.name}
          </Text>
          <Text size="sm" c="dimmed">
            {project.roles.map((role) => ROLE_NAMES[role]).join(", ")}
          </Text>
          {canWork(project) && waiting.data && (
            <Text size="sm" mt={4} data-testid={`waiting-${project.slug}`}>
              {waitingText(waiting.data.find((row) => row.project.slug === project.slug))}
            </Text>
          )}
        </div>
        <Group justify="space-between">
          <Button
            component={Link}
            to={`/projects/${project.slug}`}
            variant="subtle"
            rightSection={<IconArrowRight size={15} />}
            px="xs"
          >
            Open project
          </Button>
          {canWork(project) && <NextTaskButton slug={project.slug} />}
        </Group>
      </Stack>
    </Card>
  );
}
