import { Button, Text } from "@mantine/core";
import { IconRoute } from "@tabler/icons-react";
import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { useUpdateMe } from "@/state/account";
import { useMe } from "@/state/session";
import { wantsTour } from "@/components/workstation/tour";

/** The tour of the workstation, to be taken again on the next task that is opened. */
export function TourAgain() {
  const me = useMe();
  const update = useUpdateMe();
  if (wantsTour(me.preferences))
    return (
      <Text size="sm" c="dimmed" data-testid="tour-waits">
        {t("A tour of the workstation begins when you open your next task.")}
      </Text>
    );
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconRoute size={15} />}
      loading={update.isPending}
      onClick={() =>
        act(
          update,
          { preferences: { tour: null } },
          { onError: (error) => notifyFailure(error, t("The tour could not be started again")) },
        )
      }
      data-testid="tour-again"
    >
      {t("Take the tour again")}
    </Button>
  );
}
