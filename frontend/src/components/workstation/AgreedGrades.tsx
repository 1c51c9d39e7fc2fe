import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { t } from "@/i18n";
import { assignments } from "@/api/assignments";
import { messageOf } from "@/api/errors";
import { nameOf, sortLabels } from "@/domain/labels";
import { agreedText, isFractured, methodText } from "./agreedText";

interface Props {
  readonly assignmentId: string;
  readonly activeLabel: number;
  readonly onGo: (label: number) => void;
}

/** The grades that a reviewer accepts with the mask, fractures in colour. */
export function AgreedGrades({ assignmentId, activeLabel, onGo }: Props) {
  const query = useQuery({
    queryKey: ["assignment", assignmentId, "agreed-grades"],
    queryFn: () => assignments.agreedGrades(assignmentId),
  });
  if (query.isPending) return <Loader size="sm" aria-label={t("Loading the grades")} />;
  if (query.isError)
    return (
      <Alert color="red">{t("The grades could not be loaded: {{error}}", { error: messageOf(query.error) })}</Alert>
    );
  const rows = new Map(query.data.map((row) => [row.label, row]));
  const active = rows.get(activeLabel);
  return (
    <Stack gap={6} data-testid="agreed-grades">
      <Text size="sm" fw={600}>
        {t("Grades that stand")}
      </Text>
      {rows.size === 0 && (
        <Text size="sm" c="dimmed">
          {t("No vertebra of this case has a grade.")}
        </Text>
      )}
      <Group gap={4}>
        {sortLabels(rows.keys()).map((label) => {
          const row = rows.get(label);
          if (row === undefined) return null;
          return (
            <Button
              key={label}
              size="compact-xs"
              variant={label === activeLabel ? "filled" : "light"}
              color={isFractured(row) ? "amber.9" : "gray"}
              title={agreedText(row)}
              onClick={() => onGo(label)}
            >
              {nameOf(label)} {row.grade ?? "n/g"}
            </Button>
          );
        })}
      </Group>
      {active && (
        <Text size="sm">
          {nameOf(active.label)}: {agreedText(active)}, {methodText(active.method)}.
        </Text>
      )}
    </Stack>
  );
}
