import { Badge, Group, List, Text, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconInfoCircle, IconX } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { Check } from "@/api/types";

const LOOKS = {
  info: { color: "gray", icon: <IconInfoCircle size={16} /> },
  warning: { color: "amber", icon: <IconAlertTriangle size={16} /> },
  error: { color: "red", icon: <IconX size={16} /> },
} as const;

/** What the geometry checks said. `brief`: a badge with the number of findings. */
export function CheckList({ checks, brief = false }: { readonly checks: readonly Check[]; readonly brief?: boolean }) {
  const findings = checks.filter(({ severity }) => severity !== "info");
  if (brief) {
    if (findings.length === 0) {
      return (
        <Badge color="green" size="sm" leftSection={<IconCheck size={12} />}>
          {t("Checks passed")}
        </Badge>
      );
    }
    return (
      <Tooltip label={findings.map(({ message }) => message).join(" ")} multiline maw={340}>
        <Badge
          color={findings.some(({ severity }) => severity === "error") ? "red" : "amber"}
          size="sm"
          leftSection={<IconAlertTriangle size={12} />}
          tabIndex={0}
        >
          {findings.length} {findings.length === 1 ? t("finding") : t("findings")}
        </Badge>
      </Tooltip>
    );
  }
  if (checks.length === 0) return <Text c="dimmed">{t("All checks passed.")}</Text>;
  return (
    <List spacing={6} listStyleType="none" withPadding={false}>
      {checks.map(({ code, severity, message }) => (
        <List.Item key={`${code}${message}`}>
          <Group gap={8} wrap="nowrap" align="flex-start">
            <Text c={LOOKS[severity].color} component="span" mt={2}>
              {LOOKS[severity].icon}
            </Text>
            <Text size="sm">
              {message} <span className="visually-hidden">({severity})</span>
            </Text>
          </Group>
        </List.Item>
      ))}
    </List>
  );
}
