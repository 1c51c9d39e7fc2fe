import { Badge, Card, Group, Stack, Text } from "@mantine/core";
import { IconTrophy } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t } from "@/i18n";
import type { ChallengeSummary } from "@/api/types";
import { TASK_TITLES } from "@/components/challenges/words";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { useLeaveProject } from "@/state/activeProject";
import { useChallenges } from "@/state/challenges";
import { count, formatDateTime } from "@/state/format";

export function ChallengesPage() {
  useLeaveProject();
  const query = useChallenges();
  return (
    <>
      <PageHeader
        title={t("Challenges")}
        description={t("Teams send predictions for a release; the site evaluates them and ranks the teams.")}
      />
      <QueryState query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <Message icon={<IconTrophy />} title={t("No challenge yet")}>
              {t("A manager opens one from the page of a frozen release; its project's researchers take part.")}
            </Message>
          ) : (
            <Stack gap="sm" data-testid="challenges">
              {rows.map((challenge) => (
                <ChallengeCard key={challenge.id} challenge={challenge} />
              ))}
            </Stack>
          )
        }
      </QueryState>
    </>
  );
}

function ChallengeCard({ challenge }: { readonly challenge: ChallengeSummary }) {
  return (
    <Card component={Link} to={`/challenges/${challenge.id}`} c="inherit" padding="md" data-testid="challenge-row">
      <Group justify="space-between">
        <div>
          <Group gap="xs">
            <Text fw={600} fz="lg">
              {challenge.title}
            </Text>
            {challenge.opened_at === null && <Badge color="gray">{t("Draft")}</Badge>}
            {challenge.tasks.map((task) => (
              <Badge key={task}>{TASK_TITLES[task]}</Badge>
            ))}
          </Group>
          <Text size="sm" c="dimmed">
            {challenge.project.name} · {challenge.release.title} {challenge.release.version} ·{" "}
            {count(challenge.teams_count, "team")}
          </Text>
        </div>
        <Text size="sm" c="dimmed">
          {challenge.closes_at === null
            ? t("no phase yet")
            : t("until {{closes_at}}", { closes_at: formatDateTime(challenge.closes_at) })}
        </Text>
      </Group>
    </Card>
  );
}
