import { Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface MessageProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  /** What to do about it: a button or a link. */
  readonly action?: ReactNode;
  readonly color?: string;
  readonly compact?: boolean;
  readonly testId?: string;
}

/** An empty state, a refusal or a failure: what it is, why, and what to do. */
export function Message({ icon, title, children, action, color = "gray", compact, testId }: MessageProps) {
  return (
    <Stack align="center" gap="xs" py={compact === true ? "lg" : 56} px="md" ta="center" data-testid={testId}>
      <ThemeIcon size={compact === true ? 40 : 56} radius="xl" variant="light" color={color}>
        {icon}
      </ThemeIcon>
      <Title order={compact === true ? 3 : 2} mt="xs">
        {title}
      </Title>
      {children !== undefined && (
        <Text c="dimmed" maw={520} component="div">
          {children}
        </Text>
      )}
      {action !== undefined && <div style={{ marginTop: 8 }}>{action}</div>}
    </Stack>
  );
}
