import { Alert, Badge, Button, Card, Group, Modal, Progress, Stack, Table, Text, Title } from "@mantine/core";
import { IconFileZip } from "@tabler/icons-react";
import { useState } from "react";
import { Rich } from "@/i18n/Rich";
import { inSentence, t } from "@/i18n";
import type { Challenge, ChallengeSplit, ChallengeSubmission } from "@/api/types";
import { ActionsHead } from "@/components/common/ActionsHead";
import { Message } from "@/components/common/Message";
import { QueryState } from "@/components/common/QueryState";
import { nameOf } from "@/domain/labels";
import { useSubmission, useSubmissions } from "@/state/challenges";
import { count, formatBytes, formatDateTime, formatNumber, formatPercent } from "@/state/format";
import { FaultList } from "./FaultList";
import { SPLIT_TITLES, STATES } from "./words";

interface SubmissionsProps {
  readonly challenge: Challenge;
  readonly split: ChallengeSplit;
}

/** My team's submissions to a phase with how far they are; to organisers all teams'. */
export function Submissions({ challenge, split }: SubmissionsProps) {
  const query = useSubmissions(challenge.id, split);
  const [shown, setShown] = useState<string | null>(null);
  return (
    <Card padding="lg" component="section" aria-label={t("Submissions to {{split}}", { split: SPLIT_TITLES[split] })}>
      <Title order={2} mb="sm">
        {challenge.organiser
          ? t("Submissions: {{split}}", { split: inSentence(SPLIT_TITLES[split]) })
          : t("Sent by my team")}
      </Title>
      <QueryState query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <Message icon={<IconFileZip />} title={t("Nothing sent yet")} compact />
          ) : (
            <Table.ScrollContainer minWidth={620}>
              <Table verticalSpacing="xs" data-testid={`submissions-${split}`}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("Sent")}</Table.Th>
                    <Table.Th>{challenge.organiser ? t("Team") : t("By")}</Table.Th>
                    <Table.Th ta="right">{t("Size")}</Table.Th>
                    <Table.Th>{t("State")}</Table.Th>
                    <ActionsHead />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((row) => (
                    <SubmissionRow
                      key={row.id}
                      row={row}
                      who={challenge.organiser ? row.team : row.sent_by}
                      onShow={() => setShown(row.id)}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </QueryState>
      <Modal opened={shown !== null} onClose={() => setShown(null)} title={t("Submission")} size="xl">
        {shown !== null && <SubmissionView id={shown} />}
      </Modal>
    </Card>
  );
}

interface SubmissionRowProps {
  readonly row: ChallengeSubmission;
  readonly who: string;
  readonly onShow: () => void;
}

function SubmissionRow({ row, who, onShow }: SubmissionRowProps) {
  const { text, color } = STATES[row.state];
  const running = row.state === "waiting" || row.state === "evaluating";
  return (
    <Table.Tr>
      <Table.Td className="tabular">{formatDateTime(row.sent_at)}</Table.Td>
      <Table.Td>{who}</Table.Td>
      <Table.Td ta="right" className="tabular">
        {formatBytes(row.size_bytes)}
      </Table.Td>
      <Table.Td>
        <Badge color={color} data-testid="submission-state">
          {text}
          {running && row.progress > 0 && ` ${formatPercent(row.progress)}`}
        </Badge>
        {running && <Progress value={row.progress * 100} size="xs" mt={4} aria-label={t("Progress")} />}
        {row.evaluated_by !== "" && (
          <Text size="xs" c="dimmed">
            {t("evaluated elsewhere by {{name}}", { name: row.evaluated_by })}
          </Text>
        )}
        {row.state === "failed" && (
          <Text size="xs" c="dimmed">
            {t("By no fault of yours: it does not count. Send it again.")}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">
        {!running && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={onShow}
            aria-label={t("Details of {{sent_at}}", { sent_at: formatDateTime(row.sent_at) })}
          >
            {t("Details")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function SubmissionView({ id }: { readonly id: string }) {
  const query = useSubmission(id);
  return (
    <QueryState query={query}>
      {({ check, cases, state }) => (
        <Stack>
          {check !== null && check.faults_count > 0 && (
            <Alert color="red" title={t("{{files}} cannot be used", { files: count(check.faults_count, "file") })}>
              <FaultList faults={check.faults} more={check.faults_count - check.faults.length} />
            </Alert>
          )}
          {check !== null && (
            <Text size="sm">
              <Rich
                text="{{cases}} with a prediction, {{missing}} without<1/>."
                values={{ cases: count(check.cases, "case"), missing: formatNumber(check.missing.length) }}
                parts={[check.missing.length > 0 && ` (${check.missing.slice(0, 10).join(", ")})`]}
              />
              {check.extra_count > 0 &&
                t(" {{files}} not used: {{extra}}.", {
                  files: count(check.extra_count, "file"),
                  extra: check.extra.slice(0, 10).join(", "),
                })}
            </Text>
          )}
          {state === "evaluated" && cases === null && (
            <Text c="dimmed">{t("It was evaluated. Scores case by case are kept back now.")}</Text>
          )}
          {cases !== null && cases.length > 0 && <CaseTable cases={cases} />}
        </Stack>
      )}
    </QueryState>
  );
}

type Cases = NonNullable<NonNullable<ReturnType<typeof useSubmission>["data"]>["cases"]>;

function CaseTable({ cases }: { readonly cases: Cases }) {
  const labels = (found: readonly number[]) => (found.length === 0 ? "–" : found.map(nameOf).join(", "));
  return (
    <Table.ScrollContainer minWidth={620}>
      <Table verticalSpacing={4} fz="sm" className="tabular" data-testid="case-scores">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Case")}</Table.Th>
            <Table.Th ta="right">{t("Identified")}</Table.Th>
            <Table.Th ta="right">Dice</Table.Th>
            <Table.Th ta="right">{t("Hausdorff (mm)")}</Table.Th>
            <Table.Th>{t("Missed")}</Table.Th>
            <Table.Th>{t("Extra")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {cases.map(({ case: name, item_id: item, absent, report }) => (
            <Table.Tr key={item}>
              <Table.Td>
                <Group gap="xs" wrap="nowrap">
                  {name}
                  {absent && <Badge color="amber">{t("no prediction")}</Badge>}
                </Group>
              </Table.Td>
              <Table.Td ta="right">{formatPercent(report.identification_rate)}</Table.Td>
              <Table.Td ta="right">{formatNumber(report.dice, 3)}</Table.Td>
              <Table.Td ta="right">{formatNumber(report.hausdorff_mm, 1)}</Table.Td>
              <Table.Td>{labels(report.missed)}</Table.Td>
              <Table.Td>{labels(report.extra)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
