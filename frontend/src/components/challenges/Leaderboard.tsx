import { Badge, Stack, Table, Text } from "@mantine/core";
import { IconLock, IconTrophy } from "@tabler/icons-react";
import { inSentence, t } from "@/i18n";
import type { Challenge, ChallengePhase, StandingsRow } from "@/api/types";
import { Message } from "@/components/common/Message";
import { QueryState } from "@/components/common/QueryState";
import type { CsvValue } from "@/components/reports/csv";
import { estimateColumns, estimateFields, estimateText } from "@/components/reports/estimate";
import { ReportCard } from "@/components/reports/ReportCard";
import { useLeaderboard } from "@/state/challenges";
import { count, formatDateTime, formatNumber, formatPercent } from "@/state/format";
import { EstimateCell } from "./EstimateCell";
import { GradesTable } from "./GradesTable";
import { IntervalPlot } from "./IntervalPlot";
import { HumanBand, LevelTable } from "./LevelTable";
import { SPLIT_TITLES, TASK_TITLES } from "./words";

interface LeaderboardProps {
  readonly challenge: Challenge;
  readonly phase: ChallengePhase;
}

export function Leaderboard({ challenge, phase }: LeaderboardProps) {
  const query = useLeaderboard(challenge.id, phase.split);
  return (
    <QueryState query={query}>
      {({ board, kept_back_until: until, board_at: at }) => {
        const title = SPLIT_TITLES[phase.split];
        if (board === null) {
          return (
            <Message icon={<IconLock />} title={t("{{title}}: kept back", { title })} testId={`board-${phase.split}`}>
              {t("Scores of all teams are shown when the phase closes, {{until}}.", { until: formatDateTime(until) })}
            </Message>
          );
        }
        if (board.rows.length === 0) {
          return (
            <Message
              icon={<IconTrophy />}
              title={t("{{title}}: no score yet", { title })}
              testId={`board-${phase.split}`}
            >
              {t("Teams stand here once a submission of theirs is evaluated.")}
            </Message>
          );
        }
        const note = [
          t("{{cases}} of {{patients}}, {{at}}.", {
            cases: count(board.cases, "case"),
            patients: count(board.patients, "patient"),
            at: formatDateTime(at),
          }),
          t("Below each figure its 95 % interval over resampled patients."),
          until === null ? "" : t("Shown to organisers alone until the phase closes."),
        ].join(" ");
        return (
          <ReportCard
            title={title}
            note={note}
            testId={`board-${phase.split}`}
            numbers={{
              fileName: `leaderboard-${phase.split}.csv`,
              csvHeader: CSV_HEADER,
              csvRows: board.rows.map(csvRow),
              header: [
                t("Team"),
                t("Distance (mm)"),
                t("Panoptic quality"),
                t("First (labelling)"),
                t("First (segmentation)"),
              ],
              rows: board.rows.map((row) => [
                row.team,
                estimateText(row.distance_mm, 1),
                estimateText(row.panoptic_quality),
                row.labelling === null ? "–" : formatPercent(row.labelling.first_share),
                row.segmentation === null ? "–" : formatPercent(row.segmentation.first_share),
              ]),
            }}
          >
            <BoardTable rows={board.rows} challenge={challenge} />
            <Stack mt="lg">
              {challenge.tasks.includes("labelling") && (
                <IntervalPlot name={t("Identification rate")} rows={board.rows} of="identification_rate" />
              )}
              {challenge.tasks.includes("segmentation") && <IntervalPlot name="Dice" rows={board.rows} of="dice" />}
              {challenge.tasks.includes("grading") && <GradesTable rows={board.rows} />}
            </Stack>
            <HumanBand board={board} />
            <LevelTable rows={board.rows} fileName={`levels-${phase.split}.csv`} />
            <Text size="sm" c="dimmed" mt="md">
              {t(
                "A rank counts whom a team significantly beats (one-sided Wilcoxon signed-rank tests over patients, Holm); in brackets the ranks by mean in 95 % of resampled sets of patients. Identification rate, Dice and Hausdorff are as VerSe's published code has them; strict ones count each extra vertebra as a wrong one.",
              )}
            </Text>
          </ReportCard>
        );
      }}
    </QueryState>
  );
}

type Rank = NonNullable<StandingsRow["labelling"]>;

function rankText(rank: Rank | null): string {
  if (rank === null) return "–";
  const span =
    rank.rank_low === rank.rank_high
      ? `${rank.rank_low}`
      : t("{{rank_low}} to {{rank_high}}", { rank_low: rank.rank_low, rank_high: rank.rank_high });
  return `${rank.rank} (${span})`;
}

export function BoardTable({
  rows,
  challenge,
}: {
  readonly rows: readonly StandingsRow[];
  readonly challenge: Challenge;
}) {
  return (
    <Table.ScrollContainer minWidth={860}>
      <Table verticalSpacing="xs" fz="sm" className="tabular" data-testid="leaderboard">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Team")}</Table.Th>
            {challenge.tasks.map((task) => (
              <Table.Th key={task}>{t("Rank: {{task}}", { task: inSentence(TASK_TITLES[task]) })}</Table.Th>
            ))}
            <Table.Th>{t("Identification")}</Table.Th>
            <Table.Th>{t("strict")}</Table.Th>
            <Table.Th>Dice</Table.Th>
            <Table.Th>{t("strict")}</Table.Th>
            <Table.Th>{t("Hausdorff (mm)")}</Table.Th>
            <Table.Th ta="right">{t("Missed")}</Table.Th>
            <Table.Th ta="right">{t("Extra")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.team_id}>
              <Table.Td fw={600}>
                {row.team} {row.team_id === challenge.my_team && <Badge size="sm">{t("my team")}</Badge>}
                {row.evaluated_by !== "" && (
                  <Text size="xs" c="dimmed" data-testid="evaluated-elsewhere">
                    {t("evaluated elsewhere by {{name}}", { name: row.evaluated_by })}
                  </Text>
                )}
                {row.absent_cases > 0 && (
                  <Text size="xs" c="dimmed">
                    {t("{{cases}} without prediction", { cases: count(row.absent_cases, "case") })}
                  </Text>
                )}
              </Table.Td>
              {challenge.tasks.map((task) => (
                <Table.Td key={task}>{rankText(row[task])}</Table.Td>
              ))}
              <EstimateCell estimate={row.identification_rate} />
              <Table.Td>{formatNumber(row.strict_identification_rate.value, 3)}</Table.Td>
              <EstimateCell estimate={row.dice} />
              <Table.Td>{formatNumber(row.strict_dice.value, 3)}</Table.Td>
              <EstimateCell estimate={row.hausdorff_mm} digits={1} />
              <Table.Td ta="right">{formatNumber(row.missed)}</Table.Td>
              <Table.Td ta="right">{formatNumber(row.extra)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const MEASURES = [
  "identification_rate",
  "strict_identification_rate",
  "distance_mm",
  "dice",
  "strict_dice",
  "hausdorff_mm",
  "panoptic_quality",
] as const;
const GRADE_MEASURES = ["kappa", "auc", "sensitivity", "specificity"] as const;
const RANK_COLUMNS = ["rank", "rank_low", "rank_high", "first_share", "beats"] as const;
const CSV_HEADER = [
  "team",
  ...["labelling", "segmentation", "grading"].flatMap((task) => RANK_COLUMNS.map((column) => `${task}_${column}`)),
  ...MEASURES.flatMap(estimateColumns),
  "missed",
  "extra",
  "absent_cases",
  "evaluated_by",
  ...GRADE_MEASURES.flatMap(estimateColumns),
];

function csvRow(row: StandingsRow): CsvValue[] {
  const ranks = [row.labelling, row.segmentation, row.grading].flatMap((rank) =>
    RANK_COLUMNS.map((column) => (rank === null ? null : rank[column])),
  );
  const measures = MEASURES.flatMap((measure) => estimateFields(row[measure]));
  const grades = GRADE_MEASURES.flatMap((measure) =>
    row.grades === null ? [null, null, null] : estimateFields(row.grades[measure]),
  );
  return [row.team, ...ranks, ...measures, row.missed, row.extra, row.absent_cases, row.evaluated_by, ...grades];
}
