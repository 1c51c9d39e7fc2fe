import { Badge, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import type { Challenge, ChallengeTeam } from "@/api/types";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useChallengeActions } from "@/state/challenges";
import { count } from "@/state/format";

/** All teams by name; who is in them, where I may know it. */
export function Teams({ challenge }: { readonly challenge: Challenge }) {
  return (
    <Card padding="lg" component="section" aria-label={t("Teams")}>
      <Title order={2} mb="sm">
        {t("Teams")}
      </Title>
      {challenge.teams.length === 0 ? (
        <Text c="dimmed">{t("No team yet.")}</Text>
      ) : (
        <Stack gap="md" data-testid="teams">
          {challenge.teams.map((team) => (
            <TeamRow key={team.id} challenge={challenge} team={team} />
          ))}
        </Stack>
      )}
    </Card>
  );
}

function TeamRow({ challenge, team }: { readonly challenge: Challenge; readonly team: ChallengeTeam }) {
  const mine = team.id === challenge.my_team;
  return (
    <div>
      <Group gap="xs">
        <Text fw={600}>{team.name}</Text>
        {mine && <Badge>{t("my team")}</Badge>}
        <Text size="sm" c="dimmed">
          {count(team.members_count, "person", "people")}
        </Text>
      </Group>
      {team.members.map((member) => (
        <MemberRow key={member.id} challenge={challenge} team={team} member={member} />
      ))}
    </div>
  );
}

interface MemberRowProps {
  readonly challenge: Challenge;
  readonly team: ChallengeTeam;
  readonly member: ChallengeTeam["members"][number];
}

function MemberRow({ challenge, team, member }: MemberRowProps) {
  const { takeIn, removeMember } = useChallengeActions(challenge.id);
  const leads = challenge.captain && team.id === challenge.my_team;
  const ids = { team: team.id, member: member.id };
  const asks = member.joined_at === null;
  const remove = (verb: string, said: string) =>
    confirm({
      title: `${verb}?`,
      body: said,
      verb,
      danger: true,
      onConfirm: () => act(removeMember, ids, { onError: (error) => notifyFailure(error, t("Nothing changed")) }),
    });
  return (
    <Group gap="xs" pl="md" mt={4} justify="space-between">
      <Text size="sm">
        {member.name}
        {member.captain && t(" · captain")}
        {asks && t(" · asks to join")}
      </Text>
      <Group gap="xs">
        {leads && asks && (
          <Button
            size="compact-xs"
            loading={takeIn.isPending}
            aria-label={t("Take in {{name}}", { name: member.name })}
            onClick={() =>
              act(takeIn, ids, {
                onSuccess: () => notifyDone(t("{{name}} is in your team.", { name: member.name })),
                onError: (error) => notifyFailure(error, t("Not taken in")),
              })
            }
          >
            {t("Take in")}
          </Button>
        )}
        {(member.me || leads) && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`${member.me ? t("Leave") : t("Remove")} ${member.name}`}
            onClick={() =>
              member.me
                ? remove(
                    asks ? t("Take back") : t("Leave"),
                    asks ? t("Your request is taken back.") : t("Once the team has submitted, nobody leaves it."),
                  )
                : remove(
                    asks ? t("Turn down") : t("Remove"),
                    t("{{name}} is no longer in the team.", { name: member.name }),
                  )
            }
          >
            {member.me ? (asks ? t("Take back") : t("Leave")) : asks ? t("Turn down") : t("Remove")}
          </Button>
        )}
      </Group>
    </Group>
  );
}
