import { Alert, List } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { t } from "@/i18n";
import { useSiteHealth } from "@/state/site";
import { warningText } from "./warningText";

/** What an administrator should look at, above whatever tab is open; nothing where all is well. */
export function SiteWarnings() {
  const warnings = useSiteHealth().data?.warnings ?? [];
  if (warnings.length === 0) return null;
  const severe = warnings.some((warning) => warning.severe);
  return (
    <Alert
      color={severe ? "red" : "amber"}
      icon={<IconAlertTriangle />}
      title={severe ? t("Something stands still") : t("Worth a look")}
      mb="lg"
      data-testid="site-warnings"
    >
      <List size="sm">
        {warnings.map((warning) => (
          <List.Item key={`${warning.kind}-${warning.about}`}>{warningText(warning)}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
