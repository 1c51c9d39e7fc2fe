/** The plots of agreement and reliability. */

import { Text } from "@mantine/core";
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
import { decimal, t } from "@/i18n";
import type { Agreement, Estimate } from "@/api/types";
import { AMBER, AXIS, PETROL, PLAIN_AXIS, TOOLTIP } from "@/components/common/chartStyle";
import { nameOf } from "@/domain/labels";
import { formatDate } from "@/state/format";
import { pairsText } from "./pairs";
import { roundTicks } from "./scales";

/** An axis' title, in the type of its ticks. */
function title(value: string, axis: "x" | "y") {
  const style = { fontSize: 12, fill: "var(--mantine-color-dimmed)", textAnchor: "middle" as const };
  return axis === "x"
    ? { value, position: "insideBottom" as const, offset: -4, style }
    : { value, angle: -90, position: "insideLeft" as const, offset: 14, style };
}

interface LevelCurveProps {
  readonly name: string;
  readonly digits: number;
  readonly levels: readonly { readonly label: number; readonly estimate: Estimate; readonly pairs: number }[];
}

/** One measure from level to level, with its interval as a band. */
export function LevelCurve({ name, digits, levels }: LevelCurveProps) {
  const data = levels.map(({ label, estimate: { value, low, high }, pairs }) => ({
    level: nameOf(label),
    pairs,
    value,
    band: low === null || high === null ? null : [low, high],
  }));
  const ticks = roundTicks(
    data.flatMap(({ value, band }) => [value, ...(band ?? [])]).filter((value) => value !== null),
    10 ** -digits,
  );
  const text = (value: unknown) =>
    Array.isArray(value)
      ? value.map((one) => decimal(Number(one).toFixed(digits))).join(t(" to "))
      : decimal(Number(value).toFixed(digits));
  return (
    <div role="img" aria-label={t("{{name}} by level", { name })}>
      <ResponsiveContainer width="100%" height={280}>
        <ComposedChart data={data} margin={{ top: 8, right: 16, bottom: 16, left: 8 }}>
          <CartesianGrid vertical={false} stroke="var(--vb-line)" />
          <XAxis
            dataKey="level"
            {...PLAIN_AXIS}
            padding={{ left: 16, right: 16 }}
            label={title(t("Vertebra ({{levels}})", { levels: pairsText(levels.map(({ pairs }) => pairs)) }), "x")}
          />
          <YAxis
            domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
            ticks={ticks}
            {...PLAIN_AXIS}
            tickFormatter={(value: number) => decimal(value.toFixed(digits))}
            width={72}
            label={title(name, "y")}
          />
          <Tooltip
            contentStyle={TOOLTIP}
            formatter={text}
            labelFormatter={(level, [first]) =>
              t("{{level}}, n = {{pairs}} pairs of raters", {
                level: String(level),
                pairs: (first?.payload as { pairs: number } | undefined)?.pairs ?? 0,
              })
            }
          />
          <Area
            dataKey="band"
            name={t("95 % interval")}
            stroke="none"
            fill={PETROL}
            fillOpacity={0.2}
            connectNulls={false}
          />
          <Line dataKey="value" name={name} stroke={PETROL} strokeWidth={2} dot={{ r: 3 }} isAnimationActive={false} />
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

/** Bland and Altman's plot: difference of two raters' volumes over their mean. */
export function VolumePlot({ volumes }: { readonly volumes: Agreement["volumes"] }) {
  const lines = [
    { y: volumes.bias_ml.value, dash: "", name: t("mean") },
    { y: volumes.lower_ml, dash: "5 4", name: t("−1.96 SD") },
    { y: volumes.upper_ml, dash: "5 4", name: t("+1.96 SD") },
  ];
  return (
    <div role="img" aria-label={t("Differences of volumes over their means")}>
      <ResponsiveContainer width="100%" height={300}>
        <ScatterChart margin={{ top: 8, right: 64, bottom: 18, left: 0 }}>
          <CartesianGrid stroke="var(--vb-line)" />
          <XAxis
            dataKey="mean_ml"
            type="number"
            name={t("Mean (ml)")}
            domain={["auto", "auto"]}
            tick={AXIS}
            label={title(t("Mean volume of both raters (ml)"), "x")}
          />
          <YAxis
            dataKey="difference_ml"
            type="number"
            name={t("Difference (ml)")}
            tick={AXIS}
            width={64}
            label={title(t("Difference (ml)"), "y")}
          />
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
  /** Begin and end of the scale, the same for all raters who stand below each other. */
  readonly scale: readonly [number, number];
  readonly digits: number;
}

/** One figure of one rater from hand-in to hand-in; the heading above it is the title of its scale. */
export function SmallMultiple({ name, points, scale: [low, high], digits }: SmallMultipleProps) {
  const known = points.flatMap(({ at, value }) => (value === null ? [] : [{ at, value }]));
  const values = known.map(({ value }) => value);
  const days = [
    ...new Set([known[0], known.at(-1)].map((point) => formatDate(point?.at ?? "").replace(/ \d{4}$/, ""))),
  ];
  return (
    <div
      role="img"
      aria-label={t("{{name}} over {{known}} submissions, from {{min}} to {{max}}", {
        name,
        known: known.length,
        min: decimal(Math.min(...values).toFixed(digits)),
        max: decimal(Math.max(...values).toFixed(digits)),
      })}
    >
      <ResponsiveContainer width="100%" height={84}>
        <LineChart data={known} margin={{ top: 8, right: 8, bottom: 6, left: 0 }}>
          <CartesianGrid vertical={false} stroke="var(--vb-line)" />
          <XAxis dataKey="at" hide />
          <YAxis
            domain={[low, high]}
            ticks={[low, high]}
            interval={0}
            {...PLAIN_AXIS}
            tick={{ ...AXIS, fontSize: 11 }}
            tickFormatter={(value: number) => decimal(value.toFixed(digits))}
            width={38}
          />
          <Tooltip
            contentStyle={TOOLTIP}
            labelFormatter={(at) => formatDate(String(at))}
            formatter={(value) => decimal(Number(value).toFixed(digits))}
          />
          <Line dataKey="value" name={name} stroke={PETROL} strokeWidth={2} dot={{ r: 2 }} isAnimationActive={false} />
        </LineChart>
      </ResponsiveContainer>
      <Text size="xs" c="dimmed" className="tabular">
        {t("n = {{known}}, {{days}}", { known: known.length, days: days.join(" – ") })}
      </Text>
    </div>
  );
}
