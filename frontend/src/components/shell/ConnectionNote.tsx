import { Group, Text, Tooltip } from "@mantine/core";
import { t } from "@/i18n";
import { type Connection, useConnection } from "@/state/projectSocket";

const LOOKS: Record<Connection, { color: string; text: string; hint: string }> = {
  connecting: { color: "gray", text: t("Connecting"), hint: t("The live connection is being made.") },
  live: { color: "green", text: t("Live"), hint: t("This page follows the work by itself.") },
  reconnecting: {
    color: "amber",
    text: t("Reconnecting"),
    hint: t("The live connection was lost. What you see may be old; nothing that you saved is lost."),
  },
  refused: { color: "red", text: t("Not live"), hint: t("The server refused the live connection. Reload the page.") },
};

/** Whether the page is live, in words and not by colour alone. */
export function ConnectionNote() {
  const { color, text, hint } = LOOKS[useConnection()];
  return (
    <Tooltip label={hint} multiline maw={260} position="right">
      <Group gap={8} px={8} pb={6} data-testid="connection" role="status">
        <span
          aria-hidden="true"
          style={{ width: 8, height: 8, borderRadius: 8, background: `var(--mantine-color-${color}-6)` }}
        />
        <Text size="xs" c="dimmed">
          {text}
        </Text>
      </Group>
    </Tooltip>
  );
}
