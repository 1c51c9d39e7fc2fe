import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { t } from "@/i18n";

interface PageHeaderProps {
  readonly title: ReactNode;
  /** For the window's title, where `title` is not plain text. */
  readonly documentTitle?: string;
  readonly description?: ReactNode;
  readonly trail?: readonly { readonly label: string; readonly to: string }[];
  readonly actions?: ReactNode;
}

export function PageHeader({ title, documentTitle, description, trail = [], actions }: PageHeaderProps) {
  const name = documentTitle ?? (typeof title === "string" ? title : "");
  useEffect(() => {
    document.title = name === "" ? "Vertebase" : t("{{name}} · Vertebase", { name });
  }, [name]);
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="md">
      <Stack gap={4} style={{ minWidth: 0, flex: "1 1 420px" }}>
        {trail.length > 0 && (
          <Breadcrumbs separator="›" separatorMargin={6}>
            {trail.map(({ label, to }) => (
              <Anchor key={to} component={Link} to={to} size="sm" c="dimmed">
                {label}
              </Anchor>
            ))}
          </Breadcrumbs>
        )}
        <Title order={1}>{title}</Title>
        {description !== undefined && (
          <Text c="dimmed" maw={820} component="div">
            {description}
          </Text>
        )}
      </Stack>
      {actions !== undefined && <Group gap="sm">{actions}</Group>}
    </Group>
  );
}
