import { Alert, Button, Card, Group, SegmentedControl, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { IconMessageQuestion } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { t } from "@/i18n";
import type { Question } from "@/api/types";
import { act } from "@/components/common/act";
import { TextLink } from "@/components/common/links";
import { Message } from "@/components/common/Message";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { formatDateTime } from "@/state/format";
import { useQuestion, useQuestionActions, useQuestions } from "@/state/guidelines";
import { placeOf, QuestionState, Thread } from "./Thread";

interface Props {
  readonly slug: string;
  readonly open: string | undefined;
  readonly manages: boolean;
}

/** What people ask on cases, for managers and experts; the words are shown once one is opened. */
export function QuestionsPanel({ slug, open, manages }: Props) {
  const [state, setState] = useState<"open" | "all">("open");
  const questions = useQuestions(slug, state);
  const navigate = useNavigate();
  const show = (question: string) => void navigate({ to: ".", search: { tab: "questions", question } });
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={640}>
          {t(
            "Whoever opens a question has seen another rater's work on the case, and does not rate it blindly any more.",
          )}
        </Text>
        <SegmentedControl
          size="xs"
          value={state}
          onChange={(value) => setState(value as typeof state)}
          data={[
            { value: "open", label: t("Without an answer") },
            { value: "all", label: t("All") },
          ]}
          aria-label={t("Which questions")}
        />
      </Group>
      <SimpleGrid cols={{ base: 1, lg: 2 }} style={{ alignItems: "start" }}>
        <QueryState query={questions}>
          {({ results }) =>
            results.length === 0 ? (
              <Card>
                <Message
                  compact
                  icon={<IconMessageQuestion />}
                  title={state === "open" ? t("No question waits") : t("Nobody has asked anything yet")}
                />
              </Card>
            ) : (
              <Card padding={0}>
                <Table.ScrollContainer minWidth={420}>
                  <Table verticalSpacing="sm" horizontalSpacing="lg" data-testid="questions">
                    <Table.Tbody>
                      {results.map((row) => (
                        <Table.Tr key={row.id} {...(row.id === open && { bg: "var(--mantine-color-default-hover)" })}>
                          <Table.Td>
                            <Text size="sm" fw={500} ff="monospace">
                              {row.case_alias}
                            </Text>
                            <Text size="xs" c="dimmed">
                              {[row.asked_by, formatDateTime(row.asked_at), placeOf(row)].filter(Boolean).join(" · ")}
                            </Text>
                          </Table.Td>
                          <Table.Td>
                            <QuestionState state={row.state} />
                          </Table.Td>
                          <Table.Td ta="right">
                            <Button size="xs" variant="default" onClick={() => show(row.id)}>
                              {t("Open it")}
                            </Button>
                          </Table.Td>
                        </Table.Tr>
                      ))}
                    </Table.Tbody>
                  </Table>
                </Table.ScrollContainer>
              </Card>
            )
          }
        </QueryState>
        {open !== undefined && <Opened slug={slug} id={open} manages={manages} />}
      </SimpleGrid>
    </Stack>
  );
}

function Opened({ slug, id, manages }: { readonly slug: string; readonly id: string; readonly manages: boolean }) {
  const question = useQuestion(id);
  return (
    <Card padding="lg">
      <QueryState query={question}>
        {(found) => (
          <Stack>
            <Thread slug={slug} question={found} />
            <Acts slug={slug} question={found} manages={manages} />
          </Stack>
        )}
      </QueryState>
    </Card>
  );
}

interface ActsProps {
  readonly slug: string;
  readonly question: Question;
  readonly manages: boolean;
}

function Acts({ slug, question, manages }: ActsProps) {
  const { close, toDraft } = useQuestionActions(slug);
  const onError = (error: unknown) => notifyFailure(error, t("Not changed"));
  return (
    <>
      {question.in_draft && (
        <Alert color="petrol">
          {t("Its answer is in the draft of the guidelines.")}{" "}
          {manages && (
            <TextLink to="/projects/$slug/settings" params={{ slug }} search={{ tab: "guidelines" }}>
              {t("Edit the draft")}
            </TextLink>
          )}
        </Alert>
      )}
      <Group justify="flex-end">
        {manages &&
          !question.in_draft &&
          question.version === null &&
          question.replies.some(({ mine, by }) => mine || by !== question.asked_by) && (
            <Button
              size="xs"
              variant="default"
              loading={toDraft.isPending}
              onClick={() =>
                act(toDraft, question.id, {
                  onSuccess: () => notifyDone(t("The answer stands at the end of the draft.")),
                  onError,
                })
              }
              data-testid="question-to-draft"
            >
              {t("Put the answer into the guidelines")}
            </Button>
          )}
        {question.state !== "closed" && (
          <Button size="xs" variant="default" onClick={() => act(close, question.id, { onError })}>
            {t("Close the question")}
          </Button>
        )}
      </Group>
    </>
  );
}
