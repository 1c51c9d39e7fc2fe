import { Text } from "@mantine/core";
import { t } from "@/i18n";
import { useConfig } from "@/state/session";

/** Whom to ask for what the account may not do. */
export function NoProjectRight() {
  const { data: config } = useConfig();
  return (
    <Text size="sm" c="dimmed" mb="lg" data-testid="no-project-right">
      {t("Your account may not create projects. Ask {{contact}} for the right.", {
        contact: config?.contact || t("whoever administers this site"),
      })}
    </Text>
  );
}
