import { Text } from "@mantine/core";
import { Bar, BarChart, CartesianGrid, LabelList, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { PLAIN_AXIS, TOOLTIP } from "@/components/common/chartStyle";

export interface ChartSeries {
  readonly key: string;
  readonly name: string;
  readonly color: string;
}

interface CountChartProps {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  readonly series: readonly ChartSeries[];
  /** What to say where there is nothing to count. */
  readonly empty: string;
}

/** Bars of counts by group; `rows` have the group under "group" and a count under each series' key. */
export function CountChart({ title, rows, series, empty }: CountChartProps) {
  const total = rows.reduce((sum, row) => sum + series.reduce((n, { key }) => n + Number(row[key] ?? 0), 0), 0);
  if (total === 0) return <Text c="dimmed">{empty}</Text>;
  const said = rows.map((row) => `${row["group"]}: ${series.map(({ key }) => row[key]).join(", ")}`).join("; ");
  return (
    <div role="img" aria-label={`${title}. ${said}`}>
      <ResponsiveContainer width="100%" height={240}>
        <BarChart data={[...rows]} margin={{ top: 16, right: 4, bottom: 0, left: -20 }} barGap={2}>
          <CartesianGrid vertical={false} stroke="var(--vb-line)" />
          <XAxis dataKey="group" {...PLAIN_AXIS} minTickGap={2} />
          <YAxis allowDecimals={false} {...PLAIN_AXIS} />
          <Tooltip cursor={{ fill: "var(--vb-line)", opacity: 0.5 }} contentStyle={TOOLTIP} />
          {series.length > 1 && <Legend wrapperStyle={{ fontSize: 13 }} iconType="circle" />}
          {series.map(({ key, name, color }) => (
            <Bar key={key} dataKey={key} name={name} fill={color} radius={[3, 3, 0, 0]} isAnimationActive={false}>
              <LabelList dataKey={key} position="top" fontSize={11} fill="var(--mantine-color-dimmed)" />
            </Bar>
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
