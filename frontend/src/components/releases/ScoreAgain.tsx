import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { IconRefresh } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { ReleaseDetail } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useChallenges } from "@/state/challenges";
import { useRescore } from "@/state/rescoring";

interface ScoreAgainProps {
  readonly release: ReleaseDetail;
  readonly before: string;
}

/** Challenges on the version before, whose submissions may be scored on this one as well. */
export function ScoreAgain({ release, before }: ScoreAgainProps) {
  const opened = (useChallenges(before).data ?? []).filter(({ opened_at: at }) => at !== null);
  if (release.state !== "frozen" || opened.length === 0) return null;
  return (
    <Stack gap="xs" mb="md" data-testid="score-again">
      <Text size="sm">{t("Challenges on the version before can be scored on this one as well.")}</Text>
      {opened.map(({ id, title }) => (
        <ChallengeRow key={id} challengeId={id} title={title} release={release.id} />
      ))}
    </Stack>
  );
}

interface ChallengeRowProps {
  readonly challengeId: string;
  readonly title: string;
  readonly release: string;
}

function ChallengeRow({ challengeId, title, release }: ChallengeRowProps) {
  const rescore = useRescore(challengeId);
  return (
    <Group gap="sm">
      <Anchor component={Link} to={`/challenges/${challengeId}`}>
        {title}
      </Anchor>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconRefresh size={14} />}
        loading={rescore.isPending}
        onClick={() =>
          act(rescore, release, {
            onSuccess: () => notifyDone(t("The submissions are being scored again.")),
            onError: (error) => notifyFailure(error, t("Not scored again")),
          })
        }
      >
        {t("Score again")}
      </Button>
    </Group>
  );
}
