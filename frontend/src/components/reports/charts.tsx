/** The plots of agreement and reliability. */

import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import type { Agreement, Estimate } from "@/api/types";
import { nameOf } from "@/domain/labels";
import { formatDate } from "@/state/format";

const AXIS = { fontSize: 12, fill: "var(--mantine-color-dimmed)" };
const TOOLTIP = {
  background: "var(--mantine-color-body)",
  border: "1px solid var(--vb-line)",
  borderRadius: 8,
  fontSize: 13,
};
const PETROL = "var(--mantine-color-petrol-5)";
const AMBER = "var(--mantine-color-amber-6)";

interface LevelCurveProps {
  readonly name: string;
  readonly digits: number;
  readonly levels: readonly { readonly label: number; readonly estimate: Estimate }[];
}

/** One measure from level to level, with its interval as a band. */
export function LevelCurve({ name, digits, levels }: LevelCurveProps) {
  const data = levels.map(({ label, estimate: { value, low, high } }) => ({
    level: nameOf(label),
    value,
    band: low === null || high === null ? null : [low, high],
  }));
  const text = (value: unknown) =>
    Array.isArray(value) ? value.map((one) => Number(one).toFixed(digits)).join(" to ") : Number(value).toFixed(digits);
  return (
    <div role="img" aria-label={`${name} by level`}>
      <ResponsiveContainer width="100%" height={280}>
        <ComposedChart data={data} margin={{ top: 8, right: 8, bottom: 0, left: -8 }}>
          <CartesianGrid vertical={false} stroke="var(--vb-line)" />
          <XAxis dataKey="level" tick={AXIS} tickLine={false} axisLine={false} />
          <YAxis domain={["auto", "auto"]} tick={AXIS} tickLine={false} axisLine={false} />
          <Tooltip contentStyle={TOOLTIP} formatter={text} />
          <Area dataKey="band" name="95 % interval" stroke="none" fill={PETROL} fillOpacity={0.2} connectNulls={false} />
          <Line dataKey="value" name={name} stroke={PETROL} strokeWidth={2} dot={{ r: 3 }} isAnimationActive={false} />
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

/** Bland and Altman's plot: difference of two raters' volumes over their mean. */
export function VolumePlot({ volumes }: { readonly volumes: Agreement["volumes"] }) {
  const lines = [
    { y: volumes.bias_ml.value, dash: "", name: "mean" },
    { y: volumes.lower_ml, dash: "5 4", name: "−1.96 SD" },
    { y: volumes.upper_ml, dash: "5 4", name: "+1.96 SD" },
  ];
  return (
    <div role="img" aria-label="Differences of volumes over their means">
      <ResponsiveContainer width="100%" height={280}>
        <ScatterChart margin={{ top: 8, right: 64, bottom: 8, left: -8 }}>
          <CartesianGrid stroke="var(--vb-line)" />
          <XAxis dataKey="mean_ml" type="number" name="Mean (ml)" domain={["auto", "auto"]} tick={AXIS} unit=" ml" />
          <YAxis dataKey="difference_ml" type="number" name="Difference (ml)" tick={AXIS} />
          <Tooltip contentStyle={TOOLTIP} />
          <Scatter data={[...volumes.points]} fill={PETROL} fillOpacity={0.5} isAnimationActive={false} />
          {lines.map(({ y, dash, name }) =>
            y === null ? null : (
              <ReferenceLine
                key={name}
                y={y}
                stroke={AMBER}
                strokeDasharray={dash}
                ifOverflow="extendDomain"
                label={{ value: name, position: "right", fontSize: 12, fill: "var(--mantine-color-dimmed)" }}
              />
            ),
          )}
        </ScatterChart>
      </ResponsiveContainer>
    </div>
  );
}

interface SmallMultipleProps {
  readonly name: string;
  readonly points: readonly { readonly at: string; readonly value: number | null }[];
  readonly domain: [number | "auto", number | "auto"];
  readonly digits: number;
}

/** One figure of one rater from hand-in to hand-in. */
export function SmallMultiple({ name, points, domain, digits }: SmallMultipleProps) {
  const known = points.filter(({ value }) => value !== null);
  return (
    <div role="img" aria-label={`${name} over ${known.length} hand-ins`}>
      <ResponsiveContainer width="100%" height={84}>
        <LineChart data={known} margin={{ top: 6, right: 6, bottom: 2, left: 6 }}>
          <XAxis dataKey="at" hide />
          <YAxis domain={domain} hide />
          <Tooltip
            contentStyle={TOOLTIP}
            labelFormatter={(at) => formatDate(String(at))}
            formatter={(value) => Number(value).toFixed(digits)}
          />
          <Line dataKey="value" name={name} stroke={PETROL} strokeWidth={2} dot={{ r: 2 }} isAnimationActive={false} />
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}
