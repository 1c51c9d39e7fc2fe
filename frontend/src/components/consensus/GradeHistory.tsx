import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { t } from "@/i18n";
import { answer, client } from "@/api/client";
import type { StoodGrade } from "@/api/types";
import { QueryState } from "@/components/common/QueryState";
import { reasonName } from "@/domain/grading";
import { nameOf, sortLabels } from "@/domain/labels";
import { formatDateTime } from "@/state/format";
import { keys } from "@/state/keys";
import { gradeText, isSettled, METHOD_NAMES } from "./gradeHistoryText";

/** How each final grade came about: the readers' own answers, and every grade that stood. */
export function GradeHistory({ caseId }: { readonly caseId: string }) {
  const history = useQuery({
    queryKey: [...keys.consensus(caseId), "grade-history"],
    queryFn: () =>
      answer(client.GET("/api/v1/cases/{case_id}/grade-history", { params: { path: { case_id: caseId } } })),
  });
  const [all, setAll] = useState(false);
  return (
    <QueryState query={history}>
      {(rows) => {
        const labels = sortLabels(new Set(rows.map((row) => row.label)));
        const shown = labels.filter((label) => all || !isSettled(rows.filter((row) => row.label === label)));
        if (labels.length === 0) return <Text c="dimmed">{t("No grade stands yet.")}</Text>;
        return (
          <Stack gap="sm" data-testid="grade-history">
            {shown.length === 0 && (
              <Text c="dimmed">{t("All readers gave the same grades, and nobody changed one.")}</Text>
            )}
            {shown.map((label) => (
              <LevelHistory key={label} label={label} rows={rows.filter((row) => row.label === label)} />
            ))}
            <Button variant="subtle" size="compact-sm" w="fit-content" onClick={() => setAll(!all)}>
              {all
                ? t("Only those that differed")
                : labels.length === 1
                  ? t("Show the vertebra")
                  : t("All {{labels}} vertebrae", { labels: labels.length })}
            </Button>
          </Stack>
        );
      }}
    </QueryState>
  );
}

function LevelHistory({ label, rows }: { readonly label: number; readonly rows: readonly StoodGrade[] }) {
  const answers = rows.at(-1)?.answers ?? [];
  return (
    <div>
      <Text fw={600} size="sm">
        {nameOf(label)}
      </Text>
      <Table.ScrollContainer minWidth={300}>
        <Table verticalSpacing={4}>
          <Table.Tbody>
            {answers.map((answer) => (
              <Table.Tr key={answer.slot}>
                <Table.Td w={150}>{t("Reader {{slot}}", { slot: answer.slot })}</Table.Td>
                <Table.Td>
                  {answer.grade == null ? reasonName(answer.not_gradable_reason) || t("no answer") : gradeText(answer)}
                  {answer.comment !== "" && (
                    <Text size="xs" c="dimmed">
                      {answer.comment}
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
            {rows.map((row) => (
              <Table.Tr key={row.decided_at}>
                <Table.Td w={150}>
                  <Text size="sm" c="dimmed">
                    {formatDateTime(row.decided_at)}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Group gap={8}>
                    <Text size="sm" fw={row.current ? 600 : 400} {...(!row.current && { td: "line-through" })}>
                      {row.grade === null ? reasonName(row.not_gradable_reason) || t("not gradable") : gradeText(row)}
                    </Text>
                    <Badge color={row.current ? "petrol" : "gray"}>{METHOD_NAMES[row.method] ?? row.method}</Badge>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}
