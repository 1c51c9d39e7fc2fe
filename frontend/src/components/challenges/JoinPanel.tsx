import { Alert, Button, Card, Checkbox, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { Challenge } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useChallengeActions } from "@/state/challenges";

/** How I come to take part: accept the rules, and make a team or ask to join one. */
export function JoinPanel({ challenge }: { readonly challenge: Challenge }) {
  if (challenge.opened_at === null || challenge.my_team !== null) return null;
  if (!challenge.may_take_part) {
    return challenge.organiser ? null : (
      <Alert color="gray" title={t("You cannot take part")}>
        {t("Whoever manages, rates or reviews in the release's project, or keeps its sealed part, knows answers.")}
      </Alert>
    );
  }
  if (challenge.asked_team !== null) {
    const team = challenge.teams.find(({ id }) => id === challenge.asked_team);
    return (
      <Alert
        color="petrol"
        title={t("You have asked to join {{name}}", { name: team?.name ?? t("a team") })}
        data-testid="asked"
      >
        {t("Its captain sees your request here and takes you in.")}
      </Alert>
    );
  }
  return <JoinForm challenge={challenge} />;
}

function JoinForm({ challenge }: { readonly challenge: Challenge }) {
  const { makeTeam, askToJoin } = useChallengeActions(challenge.id);
  const [accepted, setAccepted] = useState(false);
  const [name, setName] = useState("");
  const [team, setTeam] = useState<string | null>(null);
  const onError = (error: Error) => notifyFailure(error, t("Nothing changed"));
  const make = (event: React.FormEvent) => {
    event.preventDefault();
    act(makeTeam, name.trim(), { onSuccess: () => notifyDone(t("Your team is there. You are its captain.")), onError });
  };
  return (
    <Card padding="lg" component="section" aria-label={t("Take part")}>
      <Title order={2} mb="sm">
        {t("Take part")}
      </Title>
      <Stack>
        <Checkbox
          label={t("I have read the rules and accept them")}
          checked={accepted}
          onChange={(event) => setAccepted(event.currentTarget.checked)}
          data-testid="accept-rules"
        />
        <form onSubmit={make}>
          <Group align="flex-end">
            <TextInput
              label={t("Make a team")}
              placeholder={t("Its name, which all see")}
              maxLength={60}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              style={{ flex: 1 }}
              data-testid="team-name"
            />
            <Button
              type="submit"
              disabled={!accepted || name.trim() === ""}
              loading={makeTeam.isPending}
              data-testid="make-team"
            >
              {t("Make")}
            </Button>
          </Group>
        </form>
        {challenge.teams.length > 0 && (
          <Group align="flex-end">
            <Select
              label={t("Or join one")}
              placeholder={t("Choose a team")}
              searchable
              data={challenge.teams.map(({ id, name: label }) => ({ value: id, label }))}
              value={team}
              onChange={setTeam}
              style={{ flex: 1 }}
            />
            <Button
              variant="default"
              disabled={!accepted || team === null}
              loading={askToJoin.isPending}
              onClick={() => team !== null && act(askToJoin, team, { onError })}
            >
              {t("Ask to join")}
            </Button>
          </Group>
        )}
        <Text size="sm" c="dimmed">
          {t("Each person is in one team. Once it has submitted, nobody leaves it.")}
        </Text>
      </Stack>
    </Card>
  );
}
