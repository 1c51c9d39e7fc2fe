import { Group, Stack, Text } from "@mantine/core";
import { IconCircleCheckFilled, IconCircleDashed } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { t } from "@/i18n";

export interface ListedStep {
  readonly key: string;
  readonly done: boolean;
  /** What is to be done, as the way to where it is done. */
  readonly title: ReactNode;
  readonly hint: ReactNode;
}

/** First steps in their order, each with what is meant; ticked as they are done. */
export function StepList({ steps }: { readonly steps: readonly ListedStep[] }) {
  return (
    <Stack component="ol" gap="sm" m={0} p={0} style={{ listStyle: "none" }}>
      {steps.map(({ key, done, title, hint }) => (
        <Group
          component="li"
          key={key}
          wrap="nowrap"
          align="flex-start"
          gap="sm"
          data-testid={`step-${key}`}
          data-done={done}
        >
          <span style={{ flex: "none", lineHeight: 0 }}>
            {done ? (
              <IconCircleCheckFilled size={20} color="var(--mantine-color-green-filled)" aria-hidden="true" />
            ) : (
              <IconCircleDashed size={20} aria-hidden="true" />
            )}
          </span>
          <div>
            <Text size="sm" fw={600} component="div" {...(!done && { c: "var(--mantine-color-anchor)" })}>
              {title} <span className="visually-hidden">({done ? t("done") : t("to do")})</span>
            </Text>
            {!done && (
              <Text size="sm" c="dimmed" component="div">
                {hint}
              </Text>
            )}
          </div>
        </Group>
      ))}
    </Stack>
  );
}
