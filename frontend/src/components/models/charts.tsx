/** The plots of the page of engines. */

import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
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
import { decimal, t } from "@/i18n";
import type { EditEffort, ModelComparison, Training } from "@/api/types";
import { AMBER, AXIS, GRAPE, PETROL, PLAIN_AXIS, TOOLTIP } from "@/components/common/chartStyle";
import { nameOf } from "@/domain/labels";

const digits = (value: unknown) => (typeof value === "number" ? decimal(value.toFixed(3)) : String(value));

interface CurveProps {
  readonly curve: Training["curve"];
  readonly steps: number;
  /** What is measured on the held-out cases. */
  readonly score: string;
  readonly withDice: boolean;
}

/** Loss, Dice and the figure on held-out cases of one network over its steps, as far as it has come. */
export function TrainingCurve({ curve, steps, score, withDice }: CurveProps) {
  return (
    <div
      role="img"
      aria-label={t("Loss and {{score}} over the steps of the training", { score })}
      data-testid="training-curve"
    >
      <ResponsiveContainer width="100%" height={220}>
        <LineChart data={[...curve]} margin={{ top: 8, right: 0, bottom: 0, left: -12 }}>
          <CartesianGrid vertical={false} stroke="var(--vb-line)" />
          <XAxis dataKey="step" type="number" domain={[0, steps]} {...PLAIN_AXIS} />
          <YAxis yAxisId="dice" domain={[0, 1]} {...PLAIN_AXIS} />
          <YAxis yAxisId="loss" orientation="right" domain={[0, "auto"]} {...PLAIN_AXIS} width={44} />
          <Tooltip
            contentStyle={TOOLTIP}
            formatter={digits}
            labelFormatter={(step) => t("Step {{step}}", { step: String(step) })}
          />
          <Legend wrapperStyle={{ fontSize: 12 }} />
          <Line yAxisId="loss" dataKey="loss" name={t("Loss")} stroke={AMBER} dot={false} isAnimationActive={false} />
          {withDice && (
            <Line
              yAxisId="dice"
              dataKey="dice"
              name={t("Dice, training")}
              stroke={PETROL}
              strokeDasharray="4 3"
              dot={false}
              connectNulls
              isAnimationActive={false}
            />
          )}
          <Line
            yAxisId="dice"
            dataKey="validation"
            name={t("{{score}}, held out", { score })}
            stroke={GRAPE}
            strokeWidth={2}
            dot={{ r: 3 }}
            connectNulls
            isAnimationActive={false}
          />
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}

/** Each vertebra under both models: what lies above the line got better. */
export function ComparisonPlot({ rows }: { readonly rows: ModelComparison["rows"] }) {
  const low = Math.max(0, Math.min(...rows.map((row) => Math.min(row.against, row.candidate))) - 0.05);
  const points = (held: string) =>
    rows.filter((row) => row.held_out === held).map((row) => ({ ...row, name: `${row.patient} ${nameOf(row.label)}` }));
  return (
    <div role="img" aria-label={t("Dice of each vertebra under both models")} data-testid="comparison-plot">
      <ResponsiveContainer width="100%" height={280}>
        <ScatterChart margin={{ top: 8, right: 16, bottom: 20, left: 0 }}>
          <CartesianGrid stroke="var(--vb-line)" />
          <XAxis
            dataKey="against"
            type="number"
            name={t("Current")}
            domain={[low, 1]}
            tick={AXIS}
            tickFormatter={(value: number) => decimal(value.toFixed(2))}
            label={{ value: t("Dice, current model"), position: "bottom", fontSize: 12, offset: 2 }}
          />
          <YAxis
            dataKey="candidate"
            type="number"
            name={t("Candidate")}
            domain={[low, 1]}
            tick={AXIS}
            tickFormatter={(value: number) => decimal(value.toFixed(2))}
            label={{ value: t("Dice, candidate"), angle: -90, position: "insideLeft", fontSize: 12, offset: 12 }}
          />
          <Tooltip contentStyle={TOOLTIP} formatter={digits} />
          <Legend verticalAlign="top" height={28} wrapperStyle={{ fontSize: 12 }} />
          <ReferenceLine
            segment={[
              { x: low, y: low },
              { x: 1, y: 1 },
            ]}
            stroke="var(--mantine-color-dimmed)"
            strokeDasharray="5 4"
          />
          <Scatter
            name={t("Fixed validation set")}
            data={points("validation")}
            fill={PETROL}
            isAnimationActive={false}
          />
          <Scatter name={t("Accepted later")} data={points("new")} fill={AMBER} isAnimationActive={false} />
        </ScatterChart>
      </ResponsiveContainer>
    </div>
  );
}

interface EffortBarsProps {
  readonly label: string;
  /** Of what was changed, with a space before it. */
  readonly unit: string;
  readonly rows: readonly {
    readonly name: string;
    readonly changed: number | null;
    readonly minutes: number | null;
  }[];
}

/** What raters changed of each model's masks, and how long it took them, each on its own scale. */
export function EffortBars({ label, unit, rows }: EffortBarsProps) {
  return (
    <div role="img" aria-label={label} data-testid="effort-chart">
      <ResponsiveContainer width="100%" height={260}>
        <BarChart data={[...rows]} margin={{ top: 8, right: 0, bottom: 0, left: -12 }}>
          <CartesianGrid vertical={false} stroke="var(--vb-line)" />
          <XAxis dataKey="name" {...PLAIN_AXIS} />
          <YAxis yAxisId="changed" unit={unit} {...PLAIN_AXIS} />
          <YAxis yAxisId="minutes" orientation="right" unit={t(" min")} {...PLAIN_AXIS} width={60} />
          <Tooltip contentStyle={TOOLTIP} cursor={{ fill: "var(--vb-line)", opacity: 0.3 }} />
          <Legend wrapperStyle={{ fontSize: 12 }} />
          <Bar
            yAxisId="changed"
            dataKey="changed"
            name={t("Voxels changed")}
            fill={PETROL}
            maxBarSize={48}
            isAnimationActive={false}
          />
          <Bar
            yAxisId="minutes"
            dataKey="minutes"
            name={t("Active minutes")}
            fill={AMBER}
            maxBarSize={48}
            isAnimationActive={false}
          />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

/** Share of the engine's voxels that raters changed, and their minutes, by model. */
export function EffortChart({ rows }: { readonly rows: readonly EditEffort[] }) {
  const data = rows.map((row) => ({
    name: row.number === null ? row.name : `${row.number}: ${row.name}`,
    changed: row.changed_percent,
    minutes: row.active_minutes,
  }));
  return <EffortBars label={t("Share of voxels changed and active minutes, by model")} unit=" %" rows={data} />;
}
