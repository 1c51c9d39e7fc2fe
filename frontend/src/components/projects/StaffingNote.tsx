import { Alert, Text } from "@mantine/core";
import { IconUsersPlus } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { Project } from "@/api/types";
import { TextLink } from "@/components/common/links";
import { useGroups } from "@/state/groups";
import { useMembers } from "@/state/projects";
import { staffingGaps } from "./staffing";

interface StaffingNoteProps {
  readonly project: Project;
  /** Whether the list of members is elsewhere. */
  readonly linked?: boolean;
}

/** Tells the manager when there are too few people for a case to come to its end. */
export function StaffingNote({ project, linked = false }: StaffingNoteProps) {
  const members = useMembers(project.slug);
  const stages = project.protocol.stages;
  const groups = useGroups(
    project.slug,
    stages.some(({ group }) => group !== null),
  );
  const gaps = members.data === undefined ? [] : staffingGaps(stages, members.data, groups.data);
  if (gaps.length === 0) return null;
  return (
    <Alert color="amber" icon={<IconUsersPlus />} title={t("Too few people to finish a case")} data-testid="staffing">
      {gaps.map((gap) => (
        <Text size="sm" key={gap}>
          {gap}
        </Text>
      ))}
      <Text size="sm">
        {t(
          "Experts cannot judge a case they worked on: until more come, cases wait at the stage that nobody may take.",
        )}{" "}
        {linked && (
          <TextLink to="/projects/$slug/members" params={{ slug: project.slug }}>
            {t("Invite people")}
          </TextLink>
        )}
      </Text>
    </Alert>
  );
}
