import { Badge, Button, Card, Group, Stack, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { answered, t } from "@/i18n";
import type { AssignmentSummary } from "@/api/types";
import { AssignmentBadge, DueBadge, FlagBadge } from "@/components/common/badges";
import { Thumbnail } from "@/components/common/Thumbnail";
import { LookLink } from "@/components/viewing/LookLink";
import { concernName } from "@/domain/concerns";
import { formatRelative } from "@/state/format";

function verbOf({ state, opened_at: opened }: AssignmentSummary): string {
  if (state === "submitted") return t("Look at it");
  if (state === "returned") return t("Work on it again");
  return opened === null ? t("Start") : t("Continue");
}

/** One of the user's tasks. Shows nothing about who else works on the case. */
export function AssignmentRow({ assignment }: { readonly assignment: AssignmentSummary }) {
  const done = assignment.state === "submitted";
  return (
    <Card padding="sm" data-testid="assignment-row">
      <Group wrap="nowrap" gap="md">
        <Thumbnail
          url={assignment.thumbnail_url}
          alt={t("Preview of {{case_alias}}", { case_alias: assignment.case_alias })}
        />
        <Stack gap={2} style={{ flex: 1, minWidth: 0 }}>
          <Group gap="xs">
            <Text fw={600}>{assignment.case_alias}</Text>
            <AssignmentBadge state={assignment.state} />
            {assignment.naming_doubt && <FlagBadge flag="naming_open" />}
            {assignment.concern !== "" && (
              <Badge color="amber">
                {t("Told the manager: {{concern}}", { concern: concernName(assignment.concern) })}
              </Badge>
            )}
            {assignment.training && <Badge color="petrol">{t("Training")}</Badge>}
            {!done && <DueBadge dueOn={assignment.due_on} />}
          </Group>
          <Text size="sm" c="dimmed">
            {answered(assignment.stage_title)} · {assignment.project.name}
            {done
              ? t(" · submitted {{submitted_at}}", { submitted_at: formatRelative(assignment.submitted_at) })
              : assignment.opened_at !== null &&
                t(" · begun {{opened_at}}", { opened_at: formatRelative(assignment.opened_at) })}
          </Text>
          {assignment.return_comment !== "" && !done && (
            <Text size="sm">
              <IconArrowBackUp size={14} style={{ verticalAlign: "-2px" }} aria-hidden="true" /> “
              {assignment.return_comment}”
            </Text>
          )}
        </Stack>
        {done && (
          <LookLink
            caseId={assignment.case_id}
            label={t("Masks of {{case_alias}}", { case_alias: assignment.case_alias })}
          >
            {t("Masks")}
          </LookLink>
        )}
        {done && assignment.training && (
          <Button component={Link} to={`/assignments/${assignment.id}/feedback`} data-testid="open-feedback">
            {t("Feedback")}
          </Button>
        )}
        <Button
          component={Link}
          to={`/assignments/${assignment.id}`}
          variant={done ? "default" : "filled"}
          data-testid="open-assignment"
        >
          {verbOf(assignment)}
        </Button>
      </Group>
    </Card>
  );
}
