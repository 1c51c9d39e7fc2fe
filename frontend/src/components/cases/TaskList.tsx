import { answered, t } from "@/i18n";
import { act } from "@/components/common/act";
import { Alert, Badge, Button, Group, Modal, Select, Stack, Table, Text } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { CaseAssignment, CaseDetail, CaseTask, LookedAt } from "@/api/types";
import { AssignmentBadge } from "@/components/common/badges";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { slotName } from "@/components/consensus/heatmap";
import { paceText, unseenText, whyFast } from "@/components/quality/paceText";
import { useCaseActions, useLookedAt } from "@/state/cases";
import { formatDuration, formatRelative } from "@/state/format";
import { projectQuery, useMembers } from "@/state/projects";
import { useMe } from "@/state/session";
import { LookedLines } from "./LookedLines";
import { candidatesFor } from "./candidates";

interface TaskListProps {
  readonly detail: CaseDetail;
  readonly manager: boolean;
}

/** Each stage's task with who has which part of it. */
export function TaskList({ detail, manager }: TaskListProps) {
  const [assigning, setAssigning] = useState<CaseTask | null>(null);
  const submitted = detail.tasks.some(({ assignments }) => assignments.some(({ state }) => state === "submitted"));
  const looked = useLookedAt(detail.id, submitted);
  if (detail.tasks.length === 0) {
    return <Text c="dimmed">{t("No task yet. The first opens when the engine has made a mask.")}</Text>;
  }
  return (
    <Stack gap="lg">
      {detail.tasks.map((task) => {
        const taken = task.assignments.filter(({ state }) => state !== "cancelled").length;
        return (
          <section key={task.id} aria-label={answered(task.stage_title)} data-testid={`task-${task.stage_key}`}>
            <Group justify="space-between" mb={6}>
              <Group gap="xs">
                <Text fw={600}>{answered(task.stage_title)}</Text>
                <Badge color={task.state === "complete" ? "green" : task.state === "open" ? "petrol" : "gray"}>
                  {answered(task.state.charAt(0).toUpperCase() + task.state.slice(1))}
                </Badge>
                {task.round > 1 && <Badge color="amber">{t("Round {{round}}", { round: task.round })}</Badge>}
                <Text size="sm" c="dimmed">
                  {t("{{taken}} of {{overlap}} handed out", { taken, overlap: task.overlap })}
                </Text>
              </Group>
              {manager && task.state === "open" && taken < task.overlap && (
                <Button
                  size="xs"
                  variant="light"
                  leftSection={<IconUserPlus size={14} />}
                  onClick={() => setAssigning(task)}
                  data-testid={`assign-${task.stage_key}`}
                >
                  {t("Assign")}
                </Button>
              )}
            </Group>
            <AssignmentTable detail={detail} task={task} manager={manager} looked={looked.data} />
          </section>
        );
      })}
      <AssignModal detail={detail} task={assigning} onClose={() => setAssigning(null)} />
    </Stack>
  );
}

interface AssignmentTableProps {
  readonly detail: CaseDetail;
  readonly task: CaseTask;
  readonly manager: boolean;
  readonly looked: ReadonlyMap<string, LookedAt> | undefined;
}

function AssignmentTable({ detail, task, manager, looked }: AssignmentTableProps) {
  if (task.assignments.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("Nobody has taken it yet.")}
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table verticalSpacing={6}>
        <Table.Tbody>
          {task.assignments.map((assignment) => (
            <AssignmentLine
              key={assignment.id}
              detail={detail}
              assignment={assignment}
              manager={manager}
              looked={looked?.get(assignment.id)}
            />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface AssignmentLineProps {
  readonly detail: CaseDetail;
  readonly assignment: CaseAssignment;
  readonly manager: boolean;
  readonly looked: LookedAt | undefined;
}

function AssignmentLine({ detail, assignment, manager, looked }: AssignmentLineProps) {
  const me = useMe();
  const { release } = useCaseActions(detail.id, detail.project_slug);
  const { id, slot, rater, state, submitted_at: submitted, active_seconds: seconds } = assignment;
  const name = rater?.name ?? "hidden";
  const open = state === "open" || state === "returned";
  const withdraw = () =>
    confirm({
      title: t("Take the task back from {{name}}?", { name }),
      body: t("Their edits stay on record, but they can no longer work on it. Somebody else can then take the task."),
      verb: t("Take it back"),
      danger: true,
      onConfirm: () => act(release, id, { onError: (error) => notifyFailure(error) }),
    });
  return (
    <Table.Tr>
      <Table.Td w={40} fw={600}>
        {slotName(slot)}
      </Table.Td>
      <Table.Td>{name}</Table.Td>
      <Table.Td>
        <AssignmentBadge state={state} />
      </Table.Td>
      <Table.Td>
        <Text size="sm" c="dimmed">
          {submitted !== null && t("submitted {{submitted}}", { submitted: formatRelative(submitted) })}
          {submitted !== null && seconds > 0 && " · "}
          {seconds > 0 && t("{{seconds}} active", { seconds: formatDuration(seconds) })}
        </Text>
        {assignment.pace?.fast === true && (
          <Text size="sm" c="amber" data-testid="hasty">
            {t("Too fast: {{pace}}; {{pace2}}", { pace: paceText(assignment.pace), pace2: whyFast(assignment.pace) })}
          </Text>
        )}
        {looked !== undefined && <LookedLines caseId={detail.id} looked={looked} />}
        {assignment.guidelines !== null && (
          <Text size="xs" c="dimmed">
            {t("Guidelines version {{number}}", { number: assignment.guidelines })}
          </Text>
        )}
        {unseenText(assignment.never_in_view) !== "" && (
          <Text size="sm" c="amber" data-testid="unseen">
            {t("Never in view: {{never_in_view}}", { never_in_view: unseenText(assignment.never_in_view) })}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">
        <Group gap={4} justify="flex-end">
          {rater?.id === me.id && (
            <Button component={Link} to={`/assignments/${id}`} size="compact-sm" variant="light">
              {t("Open it")}
            </Button>
          )}
          {manager && open && (
            <Button size="compact-sm" variant="subtle" color="gray" onClick={withdraw} loading={release.isPending}>
              {t("Take back")}
            </Button>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

interface AssignModalProps {
  readonly detail: CaseDetail;
  readonly task: CaseTask | null;
  readonly onClose: () => void;
}

function AssignModal({ detail, task, onClose }: AssignModalProps) {
  const members = useMembers(detail.project_slug);
  const { assign } = useCaseActions(detail.id, detail.project_slug);
  const [userId, setUserId] = useState<string | null>(null);
  const { data: project } = useQuery(projectQuery(detail.project_slug));
  const stage = project?.protocol.stages.find(({ key }) => key === task?.stage_key);
  const people = task === null ? [] : candidatesFor(task, detail.tasks, stage, members.data ?? []);
  const nobody = members.isSuccess && project !== undefined && people.length === 0;
  const submit = () => {
    if (task === null || userId === null) return;
    act(
      assign,
      { taskId: task.id, userId },
      {
        onSuccess: () => {
          notifyDone(t("Assigned. It is in their list now."));
          setUserId(null);
          onClose();
        },
        onError: (error) => notifyFailure(error, t("Not assigned")),
      },
    );
  };
  return (
    <Modal opened={task !== null} onClose={onClose} title={t("Assign by hand")}>
      <Stack>
        <Text size="sm">
          {t(
            "People take tasks by themselves with “Next task”. Assign by hand where one person should do this case. Experts cannot judge a case they worked on.",
          )}
        </Text>
        {nobody && (
          <Alert color="amber">
            {t(
              "Everybody with a role of this stage has worked on the case or has the task already. Invite one more person, or give a member the role, under Members.",
            )}
          </Alert>
        )}
        <Select
          label={t("To")}
          searchable
          data-autofocus
          placeholder={nobody ? t("Nobody may take it") : t("Choose a person")}
          data={people}
          value={userId}
          onChange={setUserId}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button onClick={submit} disabled={userId === null} loading={assign.isPending}>
            {t("Assign")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
