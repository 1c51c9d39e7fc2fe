import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp } from "@tabler/icons-react";
import { t } from "@/i18n";

const STAYS_MS = 20_000;

/** For what can be taken back while the message stands: twenty seconds. */
export function notifyUndoable(message: string, undo: () => void): void {
  const id = notifications.show({
    color: "petrol",
    autoClose: STAYS_MS,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconArrowBackUp size={14} />}
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
          data-testid="undo"
        >
          {t("Undo")}
        </Button>
      </Group>
    ),
  });
}
