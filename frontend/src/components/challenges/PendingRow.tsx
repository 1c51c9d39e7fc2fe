import { Alert, Button, Group, Text } from "@mantine/core";
import { IconClockPause } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { PendingArchive } from "@/api/types";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { notifyFailure } from "@/components/common/notify";
import { useChallengeActions } from "@/state/challenges";
import { formatBytes, formatDateTime, formatPercent } from "@/state/format";

interface PendingRowProps {
  readonly challengeId: string;
  readonly archive: PendingArchive;
  readonly handing: boolean;
  readonly onHandIn: () => void;
}

/** An archive that has not arrived whole, or was not handed in: how it goes on. */
export function PendingRow({ challengeId, archive, handing, onHandIn }: PendingRowProps) {
  const { discardArchive: discard } = useChallengeActions(challengeId);
  const whole = archive.offset_bytes === archive.size_bytes;
  const ask = () =>
    confirm({
      title: t("Discard {{name}}?", { name: archive.name }),
      body: t("What has arrived of it is deleted. Nothing of it counts."),
      verb: t("Discard"),
      danger: true,
      onConfirm: () => act(discard, archive.id, { onError: (error) => notifyFailure(error, t("Not discarded")) }),
    });
  return (
    <Alert color="amber" icon={<IconClockPause />} title={archive.name} mt="md" data-testid="pending-archive">
      <Text size="sm">
        {whole
          ? t("It has arrived, and was not handed in. It is kept until {{until}}.", {
              until: formatDateTime(archive.expires_at),
            })
          : t(
              "{{share}} of {{size}} have arrived. Choose the same file again, and it goes on from there. It is kept until {{until}}.",
              {
                share: formatPercent(archive.offset_bytes / archive.size_bytes),
                size: formatBytes(archive.size_bytes),
                until: formatDateTime(archive.expires_at),
              },
            )}
      </Text>
      <Group gap="xs" mt="xs">
        {whole && (
          <Button size="xs" onClick={onHandIn} loading={handing} data-testid="hand-in-archive">
            {t("Hand it in")}
          </Button>
        )}
        <Button size="xs" variant="default" onClick={ask} loading={discard.isPending}>
          {t("Discard")}
        </Button>
      </Group>
    </Alert>
  );
}
