import { Alert, Button, Card, Checkbox, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import type { Challenge } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useChallengeActions } from "@/state/challenges";

/** How I come to take part: accept the rules, and make a team or ask to join one. */
export function JoinPanel({ challenge }: { readonly challenge: Challenge }) {
  if (challenge.opened_at === null || challenge.my_team !== null) return null;
  if (!challenge.may_take_part) {
    return challenge.organiser ? null : (
      <Alert color="gray" title="You cannot take part">
        Whoever manages, rates or reviews in the release&apos;s project knows answers.
      </Alert>
    );
  }
  if (challenge.asked_team !== null) {
    const team = challenge.teams.find(({ id }) => id === challenge.asked_team);
    return (
      <Alert color="petrol" title={`You have asked to join ${team?.name ?? "a team"}`} data-testid="asked">
        Its captain sees your request here and takes you in.
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
  const onError = (error: Error) => notifyFailure(error, "Nothing changed");
  const make = (event: React.FormEvent) => {
    event.preventDefault();
    act(makeTeam, name.trim(), { onSuccess: () => notifyDone("Your team is there. You are its captain."), onError });
  };
  return (
    <Card padding="lg" component="section" aria-label="Take part">
      <Title order={2} mb="sm">
        Take part
      </Title>
      <Stack>
        <Checkbox
          label="I have read the rules and accept them"
          checked={accepted}
          onChange={(event) => setAccepted(event.currentTarget.checked)}
          data-testid="accept-rules"
        />
        <form onSubmit={make}>
          <Group align="flex-end">
            <TextInput
              label="Make a team"
              placeholder="Its name, which all see"
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
              Make
            </Button>
          </Group>
        </form>
        {challenge.teams.length > 0 && (
          <Group align="flex-end">
            <Select
              label="Or join one"
              placeholder="Choose a team"
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
              Ask to join
            </Button>
          </Group>
        )}
        <Text size="sm" c="dimmed">
          Each person is in one team. Once it has submitted, nobody leaves it.
        </Text>
      </Stack>
    </Card>
  );
}
