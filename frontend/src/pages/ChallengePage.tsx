import { Alert, Badge, Button, Card, Grid, Group, Stack, Tabs, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { t } from "@/i18n";
import type { Challenge } from "@/api/types";
import { ChallengeForm } from "@/components/challenges/ChallengeForm";
import { CorrectedBoards } from "@/components/challenges/CorrectedBoards";
import { EvaluationKeys } from "@/components/challenges/EvaluationKeys";
import { JoinPanel } from "@/components/challenges/JoinPanel";
import { Leaderboard } from "@/components/challenges/Leaderboard";
import { Phases } from "@/components/challenges/Phases";
import { Submissions } from "@/components/challenges/Submissions";
import { SubmitPanel } from "@/components/challenges/SubmitPanel";
import { Teams } from "@/components/challenges/Teams";
import { TASK_TITLES } from "@/components/challenges/words";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { Markdown } from "@/components/common/Markdown";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { useSetActiveProject } from "@/state/activeProject";
import { useChallenge, useChallengeActions } from "@/state/challenges";

export function ChallengePage() {
  const { id } = useParams({ from: "/guarded/shell/challenges/$id" });
  const query = useChallenge(id);
  useSetActiveProject(query.data?.project);
  return <QueryState query={query}>{(challenge) => <ChallengeView challenge={challenge} />}</QueryState>;
}

function ChallengeView({ challenge }: { readonly challenge: Challenge }) {
  const { tab = "overview" } = useSearch({ from: "/guarded/shell/challenges/$id" });
  const navigate = useNavigate();
  const { release } = challenge;
  const sends = challenge.my_team !== null;
  return (
    <>
      <PageHeader
        documentTitle={challenge.title}
        title={
          <Group gap="sm" component="span">
            {challenge.title}
            {challenge.tasks.map((task) => (
              <Badge key={task} size="lg">
                {TASK_TITLES[task]}
              </Badge>
            ))}
          </Group>
        }
        trail={[
          { label: t("Challenges"), to: "/challenges" },
          { label: `${release.title} ${release.version}`, to: `/releases/${release.id}` },
        ]}
        actions={
          challenge.organiser && challenge.opened_at === null ? <DraftActions challenge={challenge} /> : undefined
        }
      />
      {challenge.opened_at === null && (
        <Alert color="gray" title={t("A draft")} mb="lg">
          {t("Managers alone see it. Add phases, then open it to the project's researchers.")}
        </Alert>
      )}
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({
            to: ".",
            search: { tab: value === "overview" ? undefined : (value ?? undefined) },
            replace: true,
          })
        }
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="overview">{t("Overview")}</Tabs.Tab>
          {(sends || challenge.organiser) && <Tabs.Tab value="submissions">{t("Submissions")}</Tabs.Tab>}
          <Tabs.Tab value="leaderboard">{t("Leaderboard")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview">
          <Overview challenge={challenge} />
        </Tabs.Panel>
        <Tabs.Panel value="submissions">
          <Stack gap="lg">
            {challenge.phases.map((phase) => (
              <Stack key={phase.split} gap="sm">
                {sends && <SubmitPanel challenge={challenge} phase={phase} />}
                {(sends || challenge.organiser) && <Submissions challenge={challenge} split={phase.split} />}
              </Stack>
            ))}
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="leaderboard">
          <Stack gap="lg">
            {challenge.phases.map((phase) => (
              <Leaderboard key={phase.split} challenge={challenge} phase={phase} />
            ))}
            <CorrectedBoards challenge={challenge} />
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Overview({ challenge }: { readonly challenge: Challenge }) {
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <Card padding="lg" component="section" aria-label={t("Rules")} data-testid="rules">
          <Title order={2} mb="sm">
            {t("Rules")}
          </Title>
          <Markdown text={challenge.rules} />
        </Card>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <Stack gap="lg">
          <Phases challenge={challenge} />
          <JoinPanel challenge={challenge} />
          <Teams challenge={challenge} />
          <EvaluationKeys challenge={challenge} />
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function DraftActions({ challenge }: { readonly challenge: Challenge }) {
  const { open, discard } = useChallengeActions(challenge.id);
  const [changing, form] = useDisclosure();
  const navigate = useNavigate();
  const onError = (error: Error) => notifyFailure(error, t("Nothing changed"));
  const leave = () => void navigate({ to: "/challenges" });
  return (
    <>
      <Button
        variant="default"
        onClick={() =>
          confirm({
            title: t("Delete this draft?"),
            body: t("Its rules and phases are gone."),
            verb: t("Delete"),
            danger: true,
            onConfirm: () => act(discard, undefined, { onSuccess: leave, onError }),
          })
        }
      >
        {t("Delete")}
      </Button>
      <Button variant="default" onClick={form.open}>
        {t("Change")}
      </Button>
      <Button
        disabled={challenge.phases.length === 0}
        loading={open.isPending}
        data-testid="open-challenge"
        onClick={() =>
          confirm({
            title: t("Open the challenge?"),
            body: t("The project's researchers see it and can take part. Its rules and tasks stay as they are."),
            verb: t("Open it"),
            onConfirm: () =>
              act(open, undefined, { onSuccess: () => notifyDone(t("The challenge is open.")), onError }),
          })
        }
      >
        {t("Open it")}
      </Button>
      <ChallengeForm release={challenge.release.id} draft={challenge} opened={changing} onClose={form.close} />
    </>
  );
}
