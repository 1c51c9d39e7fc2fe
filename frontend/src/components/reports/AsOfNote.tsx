import { Alert, Button, Group, Loader, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { AsOf } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { formatDateTime } from "@/state/format";
import { type KeptPart, useComputeAgain } from "@/state/asOf";

interface AsOfNoteProps {
  readonly asOf: AsOf;
  readonly slug: string;
  readonly part: KeptPart;
}

/** Of when the figures of a large project are. Those of a small one are counted anew each time: nothing is said. */
export function AsOfNote({ asOf, slug, part }: AsOfNoteProps) {
  const again = useComputeAgain(slug, part);
  if (!asOf.kept) return null;
  const button = (
    <Button
      size="compact-sm"
      variant="default"
      loading={again.isPending}
      onClick={() => act(again, undefined, { onError: (failure) => notifyFailure(failure, t("Not started")) })}
    >
      {t("Compute again")}
    </Button>
  );
  if (asOf.state === "failed") {
    return (
      <Alert
        color="red"
        icon={<IconAlertTriangle />}
        title={t("The figures could not be computed")}
        data-testid="as-of"
      >
        <Text size="sm" mb="sm">
          {asOf.error}{" "}
          {asOf.computed_at !== null &&
            t("Those below are of {{computed_at}}.", { computed_at: formatDateTime(asOf.computed_at) })}
        </Text>
        {button}
      </Alert>
    );
  }
  return (
    <Group gap="sm" data-testid="as-of" role="status">
      {asOf.state === "computing" && <Loader size={16} aria-hidden />}
      <Text size="sm" c="dimmed">
        {asOfText(asOf)}
      </Text>
      {asOf.state === "ready" && button}
    </Group>
  );
}

/** "As of 3 May 2026, 14:02. The project has changed since." */
export function asOfText({ state, computed_at: at, outdated }: AsOf): string {
  const shown = at === null ? "" : t("As of {{at}}.", { at: formatDateTime(at) });
  if (state === "computing") {
    return at === null
      ? t("The figures are being computed for the first time. They appear here as soon as they are there.")
      : t("{{shown}} Newer figures are being computed and appear here by themselves.", { shown });
  }
  return outdated ? t("{{shown}} The project has changed since.", { shown }) : shown;
}
