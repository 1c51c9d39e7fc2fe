import { decimal, t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { act } from "@/components/common/act";
import { Alert, Anchor, Button, Group, Loader, SegmentedControl, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconChartDots3 } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Agreement, AgreementMeasure } from "@/api/types";
import { Message } from "@/components/common/Message";
import { notifyFailure } from "@/components/common/notify";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { GroupFilter } from "@/components/projects/GroupSelect";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { LevelCurve, VolumePlot } from "@/components/reports/charts";
import { estimateColumns, estimateFields, estimateText } from "@/components/reports/estimate";
import { basisText } from "@/components/reports/pairs";
import { PairList } from "@/components/reports/PairList";
import { PairGrid } from "@/components/reports/PairGrid";
import { type NumbersTable, ReportCard } from "@/components/reports/ReportCard";
import { LookLink } from "@/components/viewing/LookLink";
import { nameOf } from "@/domain/labels";
import { count, formatDateTime } from "@/state/format";
import { type GroupChoice, useGroupChoice } from "@/state/groups";
import { type PairMeasure, type PairsAsked, useAgreement, useComputeAgreement } from "@/state/reports";

const MEASURES: readonly { value: AgreementMeasure; label: string; digits: number }[] = [
  { value: "dice", label: "Dice", digits: 3 },
  { value: "hd95_mm", label: t("HD95 (mm)"), digits: 2 },
  { value: "assd_mm", label: t("ASSD (mm)"), digits: 2 },
  { value: "nsd_1mm", label: t("Surface Dice 1 mm"), digits: 3 },
  { value: "nsd_2mm", label: t("Surface Dice 2 mm"), digits: 3 },
];

export function AgreementPage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader
        title={t("Agreement")}
        description={t("How far the raters agree over all compared cases. Intervals are 95 %, by resampling patients.")}
      />
      <Report slug={slug} />
    </RequireRole>
  );
}

const ALL_PAIRS: PairsAsked = { rater: null, group: null, measure: null, page: 1 };

function Report({ slug }: { readonly slug: string }) {
  const [asked, setAsked] = useState(ALL_PAIRS);
  const choice = useGroupChoice(slug);
  const agreement = useAgreement(slug, { ...asked, group: choice.id });
  const ofGroup: GroupChoice = {
    ...choice,
    choose: (id) => {
      choice.choose(id);
      setAsked({ ...asked, page: 1 });
    },
  };
  return (
    <QueryState query={agreement}>
      {(report) =>
        report.wanted === 0 ? (
          <Message icon={<IconChartDots3 />} title={t("Nothing was compared yet")}>
            {t("Figures appear as soon as two raters have submitted the same case.")}
          </Message>
        ) : (
          <Stack gap="lg">
            <State slug={slug} report={report} />
            {report.comparisons > 0 && <Content report={report} choice={ofGroup} asked={asked} setAsked={setAsked} />}
          </Stack>
        )
      }
    </QueryState>
  );
}

/** What the figures are of, while those of all comparisons are on their way or could not be computed. */
function State({
  slug,
  report: { state, comparisons, wanted, error },
}: {
  readonly slug: string;
  readonly report: Agreement;
}) {
  const again = useComputeAgreement(slug);
  if (state === "ready") return null;
  const figures =
    comparisons === 0
      ? t("There are no figures before that.")
      : t("The figures below are of {{comparisons}} of {{wanted}} comparisons.", { comparisons, wanted });
  if (state === "computing") {
    return (
      <Alert
        color="petrol"
        icon={<Loader size={18} />}
        title={t("Computing the figures of {{wanted}} comparisons", { wanted })}
        data-testid="agreement-state"
      >
        {t("{{figures}} This page shows the new ones as soon as they are there.", { figures })}
      </Alert>
    );
  }
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle />}
      title={t("The figures of {{wanted}} comparisons could not be computed", { wanted })}
      data-testid="agreement-state"
    >
      <Text size="sm">
        {error} {figures}
      </Text>
      <Button
        size="xs"
        mt="sm"
        loading={again.isPending}
        onClick={() => act(again, undefined, { onError: (failure) => notifyFailure(failure, t("Not started")) })}
      >
        {t("Compute again")}
      </Button>
    </Alert>
  );
}

interface ContentProps {
  readonly report: Agreement;
  readonly choice: GroupChoice;
  readonly asked: PairsAsked;
  readonly setAsked: (asked: PairsAsked) => void;
}

function Content({ report, choice, asked, setAsked }: ContentProps) {
  const masks = report.overall.pairs > 0;
  return (
    <Stack gap="lg" data-testid="agreement">
      <Text c="dimmed">
        <Rich
          text="{{cases}} of {{patients}}; {{pairs}}<1/>."
          values={{
            cases: count(report.cases, "case"),
            patients: count(report.patients, "patient"),
            pairs: basisText(report.overall.pairs),
          }}
          parts={[
            report.computed_at !== null &&
              t(". Computed {{computed_at}}", { computed_at: formatDateTime(report.computed_at) }),
          ]}
        />
      </Text>
      {masks && <Levels report={report} />}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        <Raters report={report} choice={choice} asked={asked} setAsked={setAsked} />
        <Grades report={report} />
      </SimpleGrid>
      {masks && <Volumes volumes={report.volumes} />}
      {masks && <Naming naming={report.naming} total={report.naming_count} />}
    </Stack>
  );
}

function levelNumbers({ levels, overall }: Agreement): NumbersTable {
  const rows = [...levels.map((row) => ({ name: nameOf(row.label), row })), { name: t("All"), row: overall }];
  return {
    fileName: "agreement-by-level.csv",
    csvHeader: ["level", "pairs", "patients", "missing", ...MEASURES.flatMap(({ value }) => estimateColumns(value))],
    csvRows: rows.map(({ name, row }) => [
      name,
      row.pairs,
      row.patients,
      row.missing,
      ...MEASURES.flatMap(({ value }) => estimateFields(row[value])),
    ]),
    header: [t("Level"), t("Pairs"), t("Not drawn by one"), ...MEASURES.map(({ label }) => label)],
    rows: rows.map(({ name, row }) => [
      name,
      String(row.pairs),
      String(row.missing),
      ...MEASURES.map(({ value, digits }) => estimateText(row[value], digits)),
    ]),
  };
}

function Levels({ report }: { readonly report: Agreement }) {
  const [measure, setMeasure] = useState<AgreementMeasure>("dice");
  const look = MEASURES.find(({ value }) => value === measure) ?? MEASURES[0];
  return (
    <ReportCard
      title={t("Masks by level")}
      note={t(
        "Mean of all pairs of raters. Where one of two did not draw a vertebra, Dice counts as 0 and the distances are left out.",
      )}
      numbers={levelNumbers(report)}
    >
      <SegmentedControl
        size="xs"
        mb="sm"
        value={measure}
        onChange={(value) => setMeasure(value as AgreementMeasure)}
        data={MEASURES.map(({ value, label }) => ({ value, label }))}
        aria-label={t("Measure")}
      />
      <LevelCurve
        name={look?.label ?? measure}
        digits={look?.digits ?? 3}
        levels={report.levels.map((row) => ({ label: row.label, estimate: row[measure], pairs: row.pairs }))}
      />
    </ReportCard>
  );
}

function Raters({ report, choice, asked, setAsked }: ContentProps) {
  const isPaged = report.pairs_are_paged;
  const raters = report.raters.filter(({ id }) => choice.holds(id));
  // those of the group before still stand here while the server picks its own
  const pairs = report.pairs.filter(({ first, second }) => choice.holds(first) && choice.holds(second));
  const [measure, setMeasure] = useState<PairMeasure>(report.overall.pairs > 0 ? "dice" : "kappa");
  const show = (chosen: PairMeasure) => {
    setMeasure(chosen);
    if (isPaged) setAsked({ ...asked, measure: chosen, page: 1 }); // other pairs are least alike by it
  };
  const name = (id: string) => raters.find((rater) => rater.id === id)?.name ?? id;
  const empty = { value: null, low: null, high: null };
  return (
    <ReportCard
      title={t("Rater by rater")}
      {...(report.pairs_are_paged && { note: t("The file of these numbers holds the pairs that are shown.") })}
      numbers={{
        fileName: "agreement-by-pair.csv",
        csvHeader: [
          "first",
          "second",
          "cases",
          "pairs",
          ...estimateColumns("dice"),
          ...estimateColumns("hd95_mm"),
          "graded",
          ...estimateColumns("kappa"),
        ],
        csvRows: pairs.map((pair) => [
          name(pair.first),
          name(pair.second),
          pair.cases,
          pair.pairs,
          ...estimateFields(pair.dice),
          ...estimateFields(pair.hd95_mm),
          pair.graded,
          ...estimateFields(pair.kappa ?? empty),
        ]),
        header: [t("Raters"), t("Vertebrae"), "Dice", t("HD95 (mm)"), t("Graded"), t("Weighted kappa")],
        rows: pairs.map((pair) => [
          `${name(pair.first)} – ${name(pair.second)}`,
          String(pair.pairs),
          estimateText(pair.dice),
          estimateText(pair.hd95_mm, 2),
          String(pair.graded),
          estimateText(pair.kappa ?? empty, 2),
        ]),
      }}
    >
      <Group mb="sm" gap="sm">
        <SegmentedControl
          size="xs"
          value={measure}
          onChange={(value) => show(value as PairMeasure)}
          data={[
            { value: "dice", label: "Dice" },
            { value: "hd95_mm", label: t("HD95 (mm)") },
            { value: "kappa", label: t("Kappa of grades") },
          ]}
          aria-label={t("Measure of pairs")}
        />
        <GroupFilter choice={choice} />
      </Group>
      {raters.length === 0 ? (
        <Text c="dimmed">{t("Nobody of this group was compared yet.")}</Text>
      ) : isPaged ? (
        <PairList report={{ ...report, raters, pairs }} measure={measure} asked={asked} setAsked={setAsked} />
      ) : (
        <PairGrid raters={raters} pairs={pairs} measure={measure} />
      )}
    </ReportCard>
  );
}

function Grades({ report: { grades } }: { readonly report: Agreement }) {
  const rows = [
    { key: "ac2", name: t("Gwet's AC2, quadratic"), estimate: grades.ac2 },
    { key: "alpha", name: t("Krippendorff's alpha, ordinal"), estimate: grades.alpha },
    { key: "fleiss", name: t("Fleiss' kappa, nominal"), estimate: grades.fleiss },
  ];
  return (
    <ReportCard
      title={t("Grades")}
      note={t(
        "{{vertebrae}} vertebrae of {{patients}} patients graded by at least two; they differ on {{differing}}. Where nearly all are normal, kappa and alpha fall although people agree; AC2 does not.",
        { vertebrae: grades.vertebrae, patients: grades.patients, differing: grades.differing },
      )}
      numbers={{
        fileName: "agreement-of-grades.csv",
        csvHeader: ["measure", ...estimateColumns("value")],
        csvRows: rows.map(({ key, estimate }) => [key, ...estimateFields(estimate)]),
        header: [t("Measure"), t("Value (95 % interval)")],
        rows: rows.map(({ name, estimate }) => [name, estimateText(estimate)]),
      }}
    >
      <Stack gap="xs">
        {rows.map(({ key, name, estimate }) => (
          <Group key={key} justify="space-between">
            <Text>{name}</Text>
            <Text className="tabular" fw={600}>
              {estimateText(estimate, 2)}
            </Text>
          </Group>
        ))}
      </Stack>
    </ReportCard>
  );
}

function Volumes({ volumes }: { readonly volumes: Agreement["volumes"] }) {
  return (
    <ReportCard
      title={t("Volumes")}
      note={t(
        "Difference of two raters' volumes of one vertebra over their mean (Bland and Altman), first letter less second. Bias {{bias_ml}} ml from {{pairs}} pairs{{points}}.",
        {
          bias_ml: estimateText(volumes.bias_ml, 2),
          pairs: volumes.pairs,
          points:
            volumes.points.length < volumes.pairs
              ? t(", of which {{points}} are drawn", { points: volumes.points.length })
              : "",
        },
      )}
      numbers={{
        fileName: "agreement-of-volumes.csv",
        csvHeader: ["level", "mean_ml", "difference_ml"],
        csvRows: volumes.points.map(({ label, mean_ml: mean, difference_ml: difference }) => [
          nameOf(label),
          mean,
          difference,
        ]),
        header: [t("Figure"), "ml"],
        rows: [
          [t("Mean difference"), estimateText(volumes.bias_ml, 3)],
          [t("Lower limit of agreement"), decimal(volumes.lower_ml?.toFixed(3)) ?? "–"],
          [t("Upper limit of agreement"), decimal(volumes.upper_ml?.toFixed(3)) ?? "–"],
        ],
      }}
    >
      <VolumePlot volumes={volumes} />
    </ReportCard>
  );
}

function Naming({ naming, total }: { readonly naming: Agreement["naming"]; readonly total: number }) {
  const note = t("Vertebrae that lie in one place under several names.");
  const newest = t("The newest {{shown}} of {{total}} are shown.", { shown: naming.length, total });
  return (
    <ReportCard title={t("Disputed names")} note={naming.length < total ? `${note} ${newest}` : note}>
      {naming.length === 0 ? (
        <Text c="dimmed">{t("No vertebra is called by two names.")}</Text>
      ) : (
        <Table.ScrollContainer minWidth={300}>
          <Table verticalSpacing={5} data-testid="naming-disputes">
            <Table.Tbody>
              {naming.map(({ case_id: id, alias, label, names }) => (
                <Table.Tr key={`${id}-${label}-${names.map((given) => given.label).join("-")}`}>
                  <Table.Td>
                    <Anchor component={Link} to={`/cases/${id}/consensus`}>
                      {alias}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>
                    {names
                      .map((given) => `${given.slot}: ${given.label === 0 ? t("not drawn") : nameOf(given.label)}`)
                      .join(", ")}
                  </Table.Td>
                  <Table.Td ta="right">
                    <LookLink
                      caseId={id}
                      place={{ label }}
                      label={t("Look at {{label}} of {{alias}}", { label: nameOf(label), alias })}
                    />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </ReportCard>
  );
}
