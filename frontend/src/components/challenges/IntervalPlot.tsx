import { Text } from "@mantine/core";
import { CartesianGrid, ErrorBar, ResponsiveContainer, Scatter, ScatterChart, Tooltip, XAxis, YAxis } from "recharts";
import { decimal, t } from "@/i18n";
import type { StandingsRow } from "@/api/types";
import { PETROL, PLAIN_AXIS, TOOLTIP } from "@/components/common/chartStyle";

const ROW_PX = 34;
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

interface IntervalPlotProps {
  readonly name: string;
  readonly rows: readonly StandingsRow[];
  readonly of: "identification_rate" | "dice";
}

/** A measure of each team, the best on top, with its interval as a bar. */
export function IntervalPlot({ name, rows, of }: IntervalPlotProps) {
  const data = rows.flatMap((row) => {
    const { value, low, high } = row[of];
    if (value === null) return [];
    return [{ team: row.team, value, span: low === null || high === null ? [0, 0] : [value - low, high - value] }];
  });
  return (
    <div role="img" aria-label={t("{{name}} by team", { name })}>
      <Text size="sm" fw={600}>
        {name}
      </Text>
      <ResponsiveContainer width="100%" height={56 + ROW_PX * data.length}>
        <ScatterChart margin={{ top: 8, right: 24, bottom: 8, left: 8 }}>
          <CartesianGrid horizontal={false} stroke="var(--vb-line)" />
          <XAxis
            type="number"
            dataKey="value"
            name={name}
            domain={[0, 1]}
            ticks={TICKS}
            {...PLAIN_AXIS}
            tickFormatter={(value: number) => decimal(value.toFixed(1))}
          />
          <YAxis
            type="category"
            dataKey="team"
            name={t("Team")}
            {...PLAIN_AXIS}
            width={140}
            reversed
            allowDuplicatedCategory={false}
          />
          <Tooltip
            contentStyle={TOOLTIP}
            formatter={(value) => (typeof value === "number" ? decimal(value.toFixed(3)) : value)}
          />
          <Scatter data={data} fill={PETROL} isAnimationActive={false}>
            <ErrorBar dataKey="span" direction="x" width={6} strokeWidth={2} stroke={PETROL} />
          </Scatter>
        </ScatterChart>
      </ResponsiveContainer>
    </div>
  );
}
