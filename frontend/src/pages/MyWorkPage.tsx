import { Button, Card, Group, SegmentedControl, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconArrowRight, IconCoffee, IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { t } from "@/i18n";
import type { Home, Me, Role } from "@/api/types";
import { AssignmentRow } from "@/components/cases/AssignmentRow";
import { ROLE_NAMES } from "@/components/common/badges";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { NewRules } from "@/components/guidelines/NewRules";
import { MyInvitations } from "@/components/projects/MyInvitations";
import { FirstHours } from "@/components/home/FirstHour";
import { ManagedProjects } from "@/components/home/ManagedProjects";
import { Research } from "@/components/home/Research";
import { NextTaskButton, useTakeNext } from "@/components/projects/NextTaskButton";
import { useLeaveProject } from "@/state/activeProject";
import { inHandText, queueText, waitingText } from "@/domain/taskKinds";
import { useHome, useMyAssignments, type WorkState } from "@/state/cases";
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

/** The first page: what waits for each of the reader's roles. */
export function MyWorkPage() {
  useLeaveProject();
  const me = useMe();
  const home = useHome();
  const projects = projectsOf(me);
  const works = projects.some(canWork);
  // What somebody only manages stands among the managed ones already.
  const listed = projects.filter(({ roles }) => roles.some((role) => role !== "manager"));
  const researches = projects.some(({ roles }) => roles.includes("researcher"));
  return (
    <>
      <PageHeader
        title={t("Hello, {{split}}", { split: (me.display_name || me.email).split(" ")[0] ?? "" })}
        documentTitle={t("My work")}
        description={
          works
            ? t("Your tasks in all projects. Everything you do in a task is saved as you go.")
            : t("What waits for you in all projects.")
        }
      />
      <MyInvitations />
      <QueryState query={home}>
        {(page) => (
          <Stack gap="xl">
            {page.guidelines.length > 0 && <NewRules unread={page.guidelines} />}
            <FirstHours rows={page.first_hours} />
            {(works || page.tasks_total > 0 || page.managed.length + page.releases.length === 0) && (
              <MyTasks page={page} works={works} />
            )}
            <ManagedProjects managed={page.managed} />
            {researches && <Research releases={page.releases} challenges={page.challenges} />}
            {(listed.length > 0 || projects.length === 0) && (
              <section aria-labelledby="projects-title">
                <Title order={2} id="projects-title" mb="sm">
                  {t("My projects")}
                </Title>
                <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }}>
                  {listed.map((project) => (
                    <ProjectCard
                      key={project.slug}
                      project={project}
                      waiting={page.waiting.find((row) => row.project.slug === project.slug)}
                    />
                  ))}
                </SimpleGrid>
                {projects.length === 0 && (
                  <Text c="dimmed">
                    {t("You are in no project yet. A project's manager adds you by your e-mail address, {{email}}.", {
                      email: me.email,
                    })}
                  </Text>
                )}
              </section>
            )}
          </Stack>
        )}
      </QueryState>
    </>
  );
}

function MyTasks({ page, works }: { readonly page: Home; readonly works: boolean }) {
  const [state, setState] = useState<Extract<WorkState, "open" | "submitted">>("open");
  return (
    <section aria-labelledby="assignments-title">
      <Group justify="space-between" mb="sm">
        <Title order={2} id="assignments-title">
          {t("My tasks")}
        </Title>
        <SegmentedControl
          size="xs"
          value={state}
          onChange={(value) => setState(value as typeof state)}
          data={[
            { value: "open", label: t("To do") },
            { value: "submitted", label: t("Submitted") },
          ]}
          aria-label={t("Which tasks")}
        />
      </Group>
      {state === "submitted" ? <Submitted /> : <ToDo page={page} works={works} />}
    </section>
  );
}

function Submitted() {
  const assignments = useMyAssignments("submitted");
  return (
    <QueryState query={assignments}>
      {(rows) =>
        rows.length === 0 ? (
          <Card>
            <Message compact icon={<IconCoffee />} title={t("Nothing submitted yet")}>
              {t("What you submit is listed here.")}
            </Message>
          </Card>
        ) : (
          <Stack gap="sm" data-testid="my-assignments">
            {rows.map((assignment) => (
              <AssignmentRow key={assignment.id} assignment={assignment} />
            ))}
          </Stack>
        )
      }
    </QueryState>
  );
}

/** What is in hand, what came back first; without anything, the way to the next task. */
function ToDo({ page, works }: { readonly page: Home; readonly works: boolean }) {
  const { tasks, tasks_total: total } = page;
  if (tasks.length === 0) return <NothingInHand page={page} works={works} />;
  return (
    <Stack gap="sm" data-testid="my-assignments">
      <Text size="sm" data-testid="in-hand">
        {inHandText(tasks)}
        {total > tasks.length && t(" The first {{tasks}} of {{total}} are listed.", { tasks: tasks.length, total })}
      </Text>
      {tasks.map((assignment) => (
        <AssignmentRow key={assignment.id} assignment={assignment} />
      ))}
    </Stack>
  );
}

function NothingInHand({ page, works }: { readonly page: Home; readonly works: boolean }) {
  const { take, isPending } = useTakeNext();
  const next = page.waiting.find(({ training, kinds }) => training || kinds.length > 0);
  return (
    <Card>
      <Message compact icon={<IconCoffee />} title={t("No open task")} testId="no-open-task">
        {next
          ? waitingText(next)
          : works
            ? t("Nothing new waits for you. Come back when new cases have arrived.")
            : t(
                "Your roles have no tasks of their own. Open a project to follow its work or to download its releases.",
              )}
      </Message>
      {next && (
        <Group justify="center" mt="sm">
          <Button
            leftSection={<IconPlayerPlay size={16} />}
            loading={isPending}
            onClick={() => take(next.project.slug)}
            data-testid="start-next"
          >
            {t("Start in {{name}}", { name: next.project.name })}
          </Button>
        </Group>
      )}
    </Card>
  );
}

function canWork({ roles }: WorkProject): boolean {
  return roles.some((role) => WORKING_ROLES.includes(role));
}

interface CardProps {
  readonly project: WorkProject;
  readonly waiting: Home["waiting"][number] | undefined;
}

function ProjectCard({ project, waiting }: CardProps) {
  const queue = queueText(waiting);
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
          {canWork(project) && (
            <Text size="sm" mt={4} data-testid={`waiting-${project.slug}`}>
              {waitingText(waiting)}
            </Text>
          )}
          {queue !== "" && (
            <Text size="sm" fw={600} className="tabular" data-testid={`queue-${project.slug}`}>
              {queue}
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
            {t("Open project")}
          </Button>
          {canWork(project) && <NextTaskButton slug={project.slug} />}
        </Group>
      </Stack>
    </Card>
  );
}
