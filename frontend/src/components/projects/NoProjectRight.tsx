import { Text } from "@mantine/core";
import { useConfig } from "@/state/session";

/** Whom to ask for what the account may not do. */
export function NoProjectRight() {
  const { data: config } = useConfig();
  return (
    <Text size="sm" c="dimmed" mb="lg" data-testid="no-project-right">
      Your account may not create projects. Ask {config?.contact || "whoever administers this site"} for the right.
    </Text>
  );
}
