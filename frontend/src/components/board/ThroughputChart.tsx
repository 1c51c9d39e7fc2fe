import { Text } from "@mantine/core";
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { t } from "@/i18n";
import type { Board } from "@/api/types";
import { PLAIN_AXIS, TOOLTIP } from "@/components/common/chartStyle";
import { formatDate } from "@/state/format";

/** Handed-in tasks and accepted cases by day. */
export function ThroughputChart({ days }: { readonly days: Board["throughput"] }) {
  const total = days.reduce((sum, day) => sum + day.submitted + day.accepted, 0);
  if (total === 0) return <Text c="dimmed">{t("Nothing was submitted yet. Days appear here as the work moves.")}</Text>;
  return (
    <div role="img" aria-label={t("Submitted and accepted over {{days}} days", { days: days.length })}>
      <ResponsiveContainer width="100%" height={260}>
        <BarChart data={days} margin={{ top: 4, right: 4, bottom: 0, left: -20 }} barGap={2}>
          <CartesianGrid vertical={false} stroke="var(--vb-line)" />
          <XAxis
            dataKey="date"
            tickFormatter={(date: string) => formatDate(date).replace(/ \d{4}$/, "")}
            {...PLAIN_AXIS}
            minTickGap={18}
          />
          <YAxis allowDecimals={false} {...PLAIN_AXIS} />
          <Tooltip
            cursor={{ fill: "var(--vb-line)", opacity: 0.5 }}
            labelFormatter={(date) => formatDate(String(date))}
            contentStyle={TOOLTIP}
          />
          <Legend
            wrapperStyle={{ fontSize: 13 }}
            iconType="circle"
            formatter={(name) => <span style={{ color: "var(--mantine-color-text)" }}>{name}</span>}
          />
          <Bar
            dataKey="submitted"
            name={t("Submitted")}
            fill="var(--mantine-color-petrol-5)"
            isAnimationActive={false}
            radius={[3, 3, 0, 0]}
          />
          <Bar
            dataKey="accepted"
            name={t("Accepted")}
            fill="var(--mantine-color-amber-5)"
            isAnimationActive={false}
            radius={[3, 3, 0, 0]}
          />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
