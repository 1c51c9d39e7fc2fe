import { Button, Card, Group, Select, Stack, Text, Title } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import type { Challenge } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { formatDateTime } from "@/state/format";
import { useReleases } from "@/state/releases";
import { type CorrectedBoard, useCorrectedBoards, useRescore } from "@/state/rescoring";
import { BoardTable } from "./Leaderboard";
import { LevelTable } from "./LevelTable";
import { SPLIT_TITLES } from "./words";

/** After an erratum: the same submissions on a corrected version. The first scores stay where they are. */
export function CorrectedBoards({ challenge }: { readonly challenge: Challenge }) {
  const boards = useCorrectedBoards(challenge.id, challenge.organiser).data?.boards ?? [];
  const shown = boards.filter(({ board }) => board !== null && board.rows.length > 0);
  if (shown.length === 0 && !challenge.organiser) return null;
  return (
    <Card padding="lg" data-testid="corrected-boards">
      <Title order={2} mb="xs">
        {t("On a corrected version")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t(
          "Where a fault was found in the release and a later version mends it, what was sent is scored on that one as well. Cases that it no longer has count for nobody.",
        )}
      </Text>
      <Stack gap="lg">
        {challenge.organiser && <ScoreAgain challenge={challenge} boards={boards} />}
        {shown.map((corrected) => (
          <Corrected key={`${corrected.release_id} ${corrected.split}`} challenge={challenge} corrected={corrected} />
        ))}
      </Stack>
    </Card>
  );
}

function Corrected({ challenge, corrected }: { readonly challenge: Challenge; readonly corrected: CorrectedBoard }) {
  const { board, split, version, board_at: at } = corrected;
  if (board === null) return null;
  return (
    <div data-testid={`corrected-${split}`}>
      <Title order={3}>{t("{{split}}, version {{version}}", { split: SPLIT_TITLES[split], version })}</Title>
      <Text size="sm" c="dimmed" mb="xs">
        {formatDateTime(at)}
      </Text>
      <BoardTable rows={board.rows} challenge={challenge} />
      <LevelTable rows={board.rows} fileName={`levels-${split}-${version}.csv`} />
    </div>
  );
}

interface ScoreAgainProps {
  readonly challenge: Challenge;
  readonly boards: readonly CorrectedBoard[];
}

function ScoreAgain({ challenge, boards }: ScoreAgainProps) {
  const rescore = useRescore(challenge.id);
  const releases = useReleases(challenge.project.slug).data ?? [];
  const own = releases.find(({ id }) => id === challenge.release.id);
  const later = releases.filter(
    ({ state, frozen_at: at }) => state === "frozen" && (at ?? "") > (own?.frozen_at ?? ""),
  );
  const [chosen, setChosen] = useState<string | null>(null);
  const running = boards.some(({ board_at: at }) => at === null);
  if (later.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("There is no later frozen version of {{title}} yet.", { title: challenge.release.title })}
      </Text>
    );
  }
  return (
    <Group align="flex-end">
      <Select
        label={t("Corrected version")}
        placeholder={t("Choose")}
        data={later.map(({ id, title, version }) => ({ value: id, label: `${title} ${version}` }))}
        value={chosen}
        onChange={setChosen}
      />
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} />}
        disabled={chosen === null || running}
        loading={rescore.isPending}
        onClick={() =>
          chosen !== null &&
          act(rescore, chosen, {
            onSuccess: () => notifyDone(t("The submissions are being scored again.")),
            onError: (error) => notifyFailure(error, t("Not scored again")),
          })
        }
      >
        {t("Score again")}
      </Button>
      {running && (
        <Text size="sm" c="dimmed" pb={8}>
          {t("Being scored")}
        </Text>
      )}
    </Group>
  );
}
