import { Text } from "@mantine/core";
import { t } from "@/i18n";
import type { Course } from "@/api/types";
import { EffortBars } from "@/components/models/charts";
import { ReportCard } from "@/components/reports/ReportCard";
import { formatDate, formatNumber } from "@/state/format";

/** What an accepted case cost, by the model that it started from. */
export function ModelCostCard({ models }: Pick<Course, "models">) {
  const name = ({ number, name: title }: Course["models"][number]) => (number === null ? title : `${number}: ${title}`);
  return (
    <ReportCard
      title={t("Does retraining pay?")}
      note={t(
        "For each accepted case: voxels that its raters changed of the engine's mask, and everybody's active minutes, by model in the order of their first acceptance.",
      )}
      testId="model-cost"
      numbers={{
        fileName: "cost-by-model.csv",
        csvHeader: ["model", "accepted", "changed_voxels", "minutes", "first_accepted_at", "last_accepted_at"],
        csvRows: models.map((row) => [
          name(row),
          row.accepted,
          row.changed_voxels,
          row.minutes,
          row.first_accepted_at,
          row.last_accepted_at,
        ]),
        header: [t("Model"), t("Accepted from"), "to", t("Cases"), t("Voxels changed"), t("Active minutes")],
        rows: models.map((row) => [
          name(row),
          formatDate(row.first_accepted_at),
          formatDate(row.last_accepted_at),
          formatNumber(row.accepted),
          formatNumber(row.changed_voxels),
          formatNumber(row.minutes, 1),
        ]),
      }}
    >
      {models.length === 0 ? (
        <Text c="dimmed">{t("No case that started from an engine's mask is accepted yet.")}</Text>
      ) : (
        <EffortBars
          label={t("Voxels changed and active minutes of an accepted case, by model")}
          unit=""
          rows={models.map((row) => ({ name: name(row), changed: row.changed_voxels, minutes: row.minutes }))}
        />
      )}
    </ReportCard>
  );
}
