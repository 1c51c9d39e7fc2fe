import { Text } from "@mantine/core";
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Legend,
  Line,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { t } from "@/i18n";
import type { Course } from "@/api/types";
import { AMBER, AXIS, GRAPE, PETROL, PLAIN_AXIS, TOOLTIP } from "@/components/common/chartStyle";
import { ReportCard } from "@/components/reports/ReportCard";
import { formatDate } from "@/state/format";
import { forecastText } from "./forecastText";

const WEEK_MS = 7 * 86_400_000;
// A forecast further away than the past is long would leave the past no room.
const MOST_AHEAD = 1.5;

interface Point {
  readonly at: number;
  readonly total: number;
  readonly begun: number;
  readonly accepted: number;
}

/** All, begun and accepted cases over time, and when the last will be accepted. */
export function BurnUpCard({ course: { weeks, forecast, as_of: asOf } }: { readonly course: Course }) {
  const header = ["week", "total", "begun", "accepted"] as const;
  const rows = weeks.map((week) => [week.begins, week.total, week.begun, week.accepted] as const);
  return (
    <ReportCard
      title={t("Cases over time")}
      note={t(
        "At the end of each week. Begun: somebody could take a task; accepted ones are among them. Excluded cases count in no week.",
      )}
      testId="burn-up"
      numbers={{
        fileName: "cases-by-week.csv",
        csvHeader: header,
        csvRows: rows,
        header: [t("Week of"), t("All"), t("Begun"), t("Accepted")],
        rows: rows.map(([week, ...counts]) => [formatDate(week), ...counts.map(String)]),
      }}
    >
      <Text mb="md" data-testid="forecast">
        {forecastText(forecast)}
      </Text>
      <BurnUp weeks={weeks} forecast={forecast} until={Date.parse(asOf.computed_at ?? "")} />
    </ReportCard>
  );
}

interface BurnUpProps extends Pick<Course, "weeks" | "forecast"> {
  /** When it was counted: the end of the week under way. */
  readonly until: number;
}

function BurnUp({ weeks, forecast, until }: BurnUpProps) {
  const points: Point[] = weeks.map(({ begins, complete, total, begun, accepted }) => ({
    at: complete ? Date.parse(begins) + WEEK_MS : until,
    total,
    begun,
    accepted,
  }));
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return null;
  const furthest = last.at + Math.max(MOST_AHEAD * (last.at - first.at), 8 * WEEK_MS);
  const [early, median, late] = [forecast.early, forecast.median, forecast.late].map((date) =>
    date === null ? furthest : Math.min(Date.parse(date), furthest),
  ) as [number, number, number];
  const ready = forecast.state === "ready" && forecast.median !== null;
  return (
    <div
      role="img"
      aria-label={t("{{accepted}} of {{total}} cases accepted, {{begun}} begun, over {{weeks}} weeks", {
        accepted: last.accepted,
        total: last.total,
        begun: last.begun,
        weeks: weeks.length,
      })}
    >
      <ResponsiveContainer width="100%" height={300}>
        <ComposedChart data={points} margin={{ top: 20, right: 24, bottom: 0, left: -8 }}>
          <CartesianGrid vertical={false} stroke="var(--vb-line)" />
          <XAxis
            dataKey="at"
            type="number"
            scale="time"
            domain={[first.at, ready ? Math.max(late, last.at) : last.at]}
            tickFormatter={(at: number) => formatDate(new Date(at).toISOString())}
            {...PLAIN_AXIS}
            minTickGap={28}
          />
          <YAxis allowDecimals={false} {...PLAIN_AXIS} />
          <Tooltip contentStyle={TOOLTIP} labelFormatter={(at) => formatDate(new Date(Number(at)).toISOString())} />
          <Legend wrapperStyle={{ fontSize: 13 }} />
          {ready && <ReferenceArea x1={early} x2={late} fill={PETROL} fillOpacity={0.12} ifOverflow="extendDomain" />}
          {ready && (
            <ReferenceLine
              x={median}
              stroke={PETROL}
              strokeDasharray="5 4"
              label={{ value: "forecast", position: "top", fontSize: AXIS.fontSize, fill: AXIS.fill }}
            />
          )}
          <Line dataKey="total" name={t("All")} stroke={GRAPE} strokeWidth={2} dot={false} isAnimationActive={false} />
          <Line
            dataKey="begun"
            name={t("Begun")}
            stroke={AMBER}
            strokeWidth={2}
            dot={false}
            isAnimationActive={false}
          />
          <Area
            dataKey="accepted"
            name={t("Accepted")}
            stroke={PETROL}
            strokeWidth={2}
            fill={PETROL}
            fillOpacity={0.25}
            isAnimationActive={false}
          />
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}
