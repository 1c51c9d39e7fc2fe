import { t } from "@/i18n";
import type { Course } from "@/api/types";
import { AMBER, PETROL } from "@/components/common/chartStyle";
import { ReportCard } from "@/components/reports/ReportCard";
import { CountChart } from "@/components/statistics/CountChart";
import { formatDate } from "@/state/format";

const SHOWN = 12;

/** Handed-in tasks and accepted cases, week by week. */
export function WeeksCard({ weeks }: Pick<Course, "weeks">) {
  const rows = weeks.map((week) => [week.begins, week.submitted, week.newly_accepted] as const);
  return (
    <ReportCard
      title={t("Work per week")}
      note={t("The last {{shown}} weeks, from Monday; the last one is under way.", { shown: SHOWN })}
      testId="weeks"
      numbers={{
        fileName: "work-by-week.csv",
        csvHeader: ["week", "submitted", "accepted"],
        csvRows: rows,
        header: [t("Week of"), t("Submitted"), t("Accepted")],
        rows: rows.map(([week, ...counts]) => [formatDate(week), ...counts.map(String)]),
      }}
    >
      <CountChart
        title={t("Submitted tasks and accepted cases by week")}
        rows={rows.slice(-SHOWN).map(([week, submitted, accepted]) => ({
          group: formatDate(week).replace(/ \d{4}$/, ""),
          submitted,
          accepted,
        }))}
        series={[
          { key: "submitted", name: t("Submitted"), color: PETROL },
          { key: "accepted", name: t("Accepted"), color: AMBER },
        ]}
        empty={t("Nothing was submitted yet.")}
      />
    </ReportCard>
  );
}
