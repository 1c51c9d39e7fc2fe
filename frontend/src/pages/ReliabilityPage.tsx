import { Alert, Button, Group, List, Pagination, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconChartLine, IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { decimal, t } from "@/i18n";
import { addressOf } from "@/api/client";
import type { RaterReliability } from "@/api/types";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { GroupFilter } from "@/components/projects/GroupSelect";
import { useSlug } from "@/components/projects/useSlug";
import { AsOfNote } from "@/components/reports/AsOfNote";
import { SmallMultiple } from "@/components/reports/charts";
import { estimateText } from "@/components/reports/estimate";
import { type Bounds, commonScale } from "@/components/reports/scales";
import { type NumbersTable, ReportCard } from "@/components/reports/ReportCard";
import { formatDate, formatDateTime, formatDuration } from "@/state/format";
import { useGroupChoice } from "@/state/groups";
import { useProject } from "@/state/projects";
import { useReliability } from "@/state/reports";

/** The cell of a share, from nothing to full petrol. */
function heatOf(share: number): string {
  return `color-mix(in srgb, var(--mantine-color-petrol-5) ${Math.round(55 * share)}%, transparent)`;
}

type Figure = "expected_dice" | "sensitivity" | "specificity" | "final_dice" | "kept_share" | "minutes_per_vertebra";

const FIGURES: readonly { key: Figure; name: string; digits: number; scale: Bounds }[] = [
  // The evidence for weights: unlike sensitivity it falls for who draws too much as for who draws too little.
  { key: "expected_dice", name: t("Expected Dice (STAPLE)"), digits: 3, scale: { to: 1 } },
  { key: "sensitivity", name: t("Sensitivity (STAPLE)"), digits: 3, scale: { to: 1 } },
  { key: "specificity", name: t("Specificity (STAPLE)"), digits: 3, scale: { to: 1 } },
  { key: "final_dice", name: t("Dice, accepted mask"), digits: 3, scale: { to: 1 } },
  { key: "kept_share", name: t("Share of edits kept"), digits: 2, scale: { from: 0, to: 1 } },
  { key: "minutes_per_vertebra", name: t("Minutes per vertebra"), digits: 1, scale: { from: 0 } },
];

type Scale = readonly [number, number];

interface Scales {
  readonly of: ReadonlyMap<Figure, Scale>;
  readonly exercises: Scale;
}

const EXERCISE_DIGITS = 3;

function scaleOf(values: readonly (number | null)[], digits: number, bounds: Bounds): Scale {
  return commonScale(
    values.filter((value) => value !== null),
    10 ** -digits,
    bounds,
  );
}

/** Raters are held against each other: each figure has one scale for all of them. */
function scalesOf(raters: readonly RaterReliability[]): Scales {
  const points = raters.flatMap(({ history }) => history);
  const exercises = raters.flatMap(({ gold, repeats }) => [...gold.history, ...repeats.history]);
  return {
    of: new Map(
      FIGURES.map(({ key, digits, scale }) => [
        key,
        scaleOf(
          points.map((point) => point[key]),
          digits,
          scale,
        ),
      ]),
    ),
    exercises: scaleOf(
      exercises.map(({ dice }) => dice),
      EXERCISE_DIGITS,
      { to: 1 },
    ),
  };
}

/** Every hand-in with its figures: what the small plots are drawn from. */
function historyNumbers({ user, history }: RaterReliability): NumbersTable {
  const newestFirst = [...history].reverse();
  return {
    fileName: `reliability-${user.name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.csv`,
    csvHeader: ["handed_in", "case", "vertebrae", ...FIGURES.map(({ key }) => key)],
    csvRows: newestFirst.map((point) => [
      point.at,
      point.case,
      point.vertebrae,
      ...FIGURES.map(({ key }) => point[key]),
    ]),
    header: [t("Submitted"), t("Case"), t("Vertebrae"), ...FIGURES.map(({ name }) => name)],
    rows: newestFirst.map((point) => [
      formatDateTime(point.at),
      point.case,
      String(point.vertebrae),
      ...FIGURES.map(({ key, digits }) => decimal(point[key]?.toFixed(digits)) ?? "–"),
    ]),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  closed: t("Grades of others stay closed here, so no confusion can be shown."),
  too_few: t("At least 50 vertebrae that others graded too are needed for a table of confusions."),
  nobody_to_compare: t("Nobody else has graded enough vertebrae yet to compare with."),
};

/** The table of all raters, or of those of a group. */
function tableAddress(slug: string, group: string | null): string {
  const address = addressOf("/api/v1/projects/{slug}/reliability/table.csv", { slug });
  return group === null ? address : `${address}?group=${group}`;
}

export function ReliabilityPage() {
  const slug = useSlug();
  const [page, setPage] = useState(1);
  const isManager = useProject(slug).my_roles.includes("manager");
  const choice = useGroupChoice(slug, isManager);
  const reliability = useReliability(slug, page, choice.id);
  const scales = scalesOf(reliability.data?.raters ?? []);
  return (
    <QueryState query={reliability}>
      {({ as_of: asOf, everybody, count, page_size: size, raters }) => (
        <>
          <PageHeader
            title={everybody ? t("Reliability") : t("My figures")}
            actions={
              <Group gap="sm">
                <GroupFilter
                  choice={{
                    ...choice,
                    choose: (id) => {
                      choice.choose(id);
                      setPage(1);
                    },
                  }}
                />
                {raters.length > 0 && (
                  <Button
                    component="a"
                    href={tableAddress(slug, choice.id)}
                    variant="default"
                    leftSection={<IconDownload size={16} />}
                    download
                  >
                    CSV
                  </Button>
                )}
              </Group>
            }
            description={
              everybody
                ? t(
                    "What is known of each rater's work, from submission to submission. Intervals are 95 %, by resampling patients.",
                  )
                : t(
                    "Your own work. What comes from other people's masks and grades is shown only for finished cases of projects that open them.",
                  )
            }
          />
          <AsOfNote asOf={asOf} slug={slug} part="reliability" />
          {raters.length === 0 && choice.id !== null ? (
            <Text c="dimmed">{t("Nobody of this group has submitted anything yet.")}</Text>
          ) : raters.length === 0 && asOf.computed_at !== null ? (
            <Message icon={<IconChartLine />} title={t("Nothing was submitted yet")}>
              {t("Figures appear here with the first work that is submitted.")}
            </Message>
          ) : (
            <Stack gap="lg" data-testid="reliability">
              {raters.map((rater) => (
                <RaterCard key={rater.user.id} rater={rater} scales={scales} />
              ))}
              {count > size && (
                <Pagination
                  total={Math.ceil(count / size)}
                  value={page}
                  onChange={setPage}
                  getItemProps={(number) => ({ "aria-label": t("Page {{number}}", { number }) })}
                />
              )}
            </Stack>
          )}
        </>
      )}
    </QueryState>
  );
}

function RaterCard({ rater, scales }: { readonly rater: RaterReliability; readonly scales: Scales }) {
  const { user, submissions, vertebrae, active_minutes: minutes, history, confusion } = rater;
  return (
    <ReportCard
      title={user.name}
      note={t("{{submissions}} submitted, {{vertebrae}} vertebrae, {{minutes}} of work", {
        submissions,
        vertebrae,
        minutes: formatDuration(minutes * 60),
      })}
      numbers={historyNumbers(rater)}
      testId="rater-reliability"
    >
      <SimpleGrid cols={{ base: 1, sm: 3, lg: 6 }}>
        {FIGURES.map(({ key, name, digits }) => (
          <div key={key}>
            <Text size="sm" c="dimmed">
              {name}
            </Text>
            {rater[key].value === null ? (
              <Text size="sm">{t("not known yet")}</Text>
            ) : (
              <Text className="tabular" fw={600}>
                {estimateText(rater[key], digits)}
              </Text>
            )}
            {rater[key].value !== null && (
              <SmallMultiple
                name={name}
                digits={digits}
                scale={scales.of.get(key) ?? [0, 1]}
                points={history.map((point) => ({ at: point.at, value: point[key] }))}
              />
            )}
          </div>
        ))}
      </SimpleGrid>
      <Text size="sm" className="tabular" mt="sm" data-testid="came-back">
        {t("Share of submissions that came back: {{share}}", {
          share: rater.came_back.value === null ? t("not known yet") : estimateText(rater.came_back, 2),
        })}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} mt="md">
        <Exercises
          name={t("Gold cases")}
          told={t("against the known answer")}
          exercises={rater.gold}
          scale={scales.exercises}
        />
        <Exercises
          name={t("Repeats")}
          told={t("against their own first work")}
          exercises={rater.repeats}
          scale={scales.exercises}
        />
      </SimpleGrid>
      {rater.warnings.length > 0 && (
        <Alert color="red" icon={<IconAlertTriangle />} title={t("Masks that are clearly a mistake")} mt="md">
          <List size="sm" data-testid="warnings">
            {rater.warnings.map(({ at, case: alias, text }) => (
              <List.Item key={`${at}${alias}`}>
                {formatDate(at)}
                {alias !== "" && `, ${alias}`}: {text}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Confusion confusion={confusion} />
    </ReportCard>
  );
}

interface ExercisesProps {
  readonly name: string;
  readonly told: string;
  readonly exercises: RaterReliability["gold"];
  readonly scale: Scale;
}

function Exercises({ name, told, scale, exercises: { count, dice, grades_exact: grades, history } }: ExercisesProps) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {name}, {told}
      </Text>
      {count === 0 ? (
        <Text size="sm">{t("None scored yet")}</Text>
      ) : (
        <>
          <Text className="tabular" fw={600}>
            {t("Dice {{dice}}", { dice: estimateText(dice) })}
          </Text>
          <Text size="sm" className="tabular">
            {t("same grade {{grades}}, {{count}} {{count2}}", {
              grades: estimateText(grades, 2),
              count,
              count2: count === 1 ? t("case") : t("cases"),
            })}
          </Text>
          {history.length > 0 && (
            <SmallMultiple
              name={name}
              digits={EXERCISE_DIGITS}
              scale={scale}
              points={history.map((point) => ({ at: point.at, value: point.dice }))}
            />
          )}
        </>
      )}
    </div>
  );
}

function Confusion({ confusion: { items, table, reason } }: Pick<RaterReliability, "confusion">) {
  if (table === null) {
    return (
      <Text size="sm" c="dimmed" mt="sm">
        {REASONS[reason] ?? reason}
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={300} mt="md">
      <Table maw={520} verticalSpacing={4} className="tabular">
        <Table.Caption>
          {t("Share of answers by the likely grade (Dawid and Skene), {{items}} vertebrae that others graded too.", {
            items,
          })}
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Likely grade")}</Table.Th>
            {table.map((_, answer) => (
              <Table.Th key={answer}>{t("answered {{answer}}", { answer })}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {table.map((row, grade) => (
            <Table.Tr key={grade}>
              <Table.Th>{grade}</Table.Th>
              {row.map((share, answer) => (
                <Table.Td key={answer} fw={answer === grade ? 600 : 400} style={{ background: heatOf(share) }}>
                  {decimal(share.toFixed(2))}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
