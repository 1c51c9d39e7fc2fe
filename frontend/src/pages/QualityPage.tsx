import { Stack } from "@mantine/core";
import { t } from "@/i18n";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { AnswerKeys } from "@/components/quality/AnswerKeys";
import { biasNumbers, BiasTable } from "@/components/quality/BiasTable";
import { DriftTable } from "@/components/quality/DriftTable";
import { HastyTable } from "@/components/quality/HastyTable";
import { TrainingGap } from "@/components/quality/TrainingGap";
import { TrainingTable } from "@/components/quality/TrainingTable";
import { weightNumbers, WeightsPanel } from "@/components/quality/WeightsPanel";
import { AsOfNote } from "@/components/reports/AsOfNote";
import { ReportCard } from "@/components/reports/ReportCard";
import { useAutomationBias, useDrift, useHastyWork, useQuality, useRaterWeights } from "@/state/quality";

export function QualityPage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader
        title={t("Exercises")}
        description={t(
          "How raters are trained and measured, and what follows from it. Shares and thresholds are in the protocol, under Settings.",
        )}
      />
      <QualityReports slug={slug} />
    </RequireRole>
  );
}

function QualityReports({ slug }: { readonly slug: string }) {
  const quality = useQuality(slug);
  const weights = useRaterWeights(slug);
  const bias = useAutomationBias(slug);
  const drift = useDrift(slug);
  const hasty = useHastyWork(slug);
  return (
    <Stack gap="lg">
      <ReportCard
        title={t("Training")}
        note={t("A rater's role counts once the training is passed, or a manager says so.")}
      >
        <QueryState query={quality}>
          {(report) => (
            <>
              <TrainingGap slug={slug} quality={report} />
              <TrainingTable slug={slug} raters={report.raters} />
            </>
          )}
        </QueryState>
      </ReportCard>
      <ReportCard
        title={t("Known answers")}
        note={t("Copies of these cases, for training or hidden among the work. No copy is ever counted or released.")}
      >
        <QueryState query={quality}>{(report) => <AnswerKeys slug={slug} quality={report} />}</QueryState>
      </ReportCard>
      <ReportCard
        title={t("Out of their own band")}
        note={t(
          "Each rater is held against their own work before: agreement by level, gold cases, share edited, time. A steady rater raises about one false warning in 1000 submissions.",
        )}
      >
        <QueryState query={drift}>
          {(report) => (
            <>
              <AsOfNote asOf={report.as_of} slug={slug} part="drift" />
              <DriftTable slug={slug} alarms={report.alarms} />
            </>
          )}
        </QueryState>
      </ReportCard>
      <ReportCard
        title={t("Submitted too fast")}
        note={t(
          "Less than 2 seconds a vertebra, or than a fifth of what is usual in this project. Ask before you judge: the figures say how long the case was open and in use, not why.",
        )}
      >
        <QueryState query={hasty}>{(rows) => <HastyTable rows={rows} />}</QueryState>
      </ReportCard>
      <ReportCard
        title={t("Weights in fusion")}
        note={t(
          "A stored, dated choice. A rater whose mask is clearly a mistake is left out. The numbers hold every choice on record.",
        )}
        numbers={weights.data && weightNumbers(weights.data)}
      >
        <QueryState query={weights}>
          {(report) => (
            <>
              <AsOfNote asOf={report.as_of} slug={slug} part="reliability" />
              <WeightsPanel slug={slug} weights={report} />
            </>
          )}
        </QueryState>
      </ReportCard>
      <ReportCard
        title={t("Automation bias")}
        note={t("Which cases start blank is drawn, so the groups differ by chance alone.")}
        numbers={bias.data && biasNumbers(bias.data)}
      >
        <QueryState query={bias}>
          {(report) => (
            <>
              <AsOfNote asOf={report.as_of} slug={slug} part="automation-bias" />
              {report.as_of.computed_at !== null && <BiasTable bias={report} />}
            </>
          )}
        </QueryState>
      </ReportCard>
    </Stack>
  );
}
