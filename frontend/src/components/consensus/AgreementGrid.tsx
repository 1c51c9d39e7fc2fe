import { Group, ScrollArea, SegmentedControl, Stack, Text, Tooltip } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import { decimal, t } from "@/i18n";
import type { ComparisonReport } from "@/api/types";
import { nameOf } from "@/domain/labels";
import classes from "./AgreementGrid.module.css";
import { goodness, type HeatCell, heatMap, type HeatRow, type Metric, METRICS, type Thresholds } from "./heatmap";

const METRIC_KEYS = Object.keys(METRICS) as Metric[];

interface AgreementGridProps {
  readonly report: ComparisonReport;
  readonly thresholds: Thresholds;
}

/** Agreement of each two raters on each vertebra: a heat map whose cells hold the numbers. */
export function AgreementGrid({ report, thresholds }: AgreementGridProps) {
  const [metric, setMetric] = useState<Metric>("dice");
  const map = heatMap(report, metric, thresholds);
  if (map === null) return <Text c="dimmed">{t("Only grades were compared; there are no two masks to compare.")}</Text>;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <SegmentedControl
          size="xs"
          value={metric}
          onChange={(value) => setMetric(value as Metric)}
          data={METRIC_KEYS.map((key) => ({ value: key, label: METRICS[key].name }))}
          aria-label={t("Measure")}
        />
        <Legend metric={metric} />
      </Group>
      <ScrollArea type="auto" offsetScrollbars="x" viewportProps={{ tabIndex: 0 }}>
        <table className={classes.grid} data-testid="agreement-grid">
          <thead>
            <tr>
              <th scope="col">{t("Vertebra")}</th>
              {map.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
              <th scope="col">{metric === "dice" ? t("Mean") : metric === "hd95_mm" ? t("Worst") : t("Mean")}</th>
              <th scope="col" className={classes.remark}>
                {t("Remark")}
              </th>
            </tr>
          </thead>
          <tbody>
            {map.rows.map((row) => (
              <Row key={row.label} row={row} metric={metric} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </Stack>
  );
}

function Row({ row, metric }: { readonly row: HeatRow; readonly metric: Metric }) {
  const names = row.names.map((name) => (name === 0 ? "–" : nameOf(name))).join(" / ");
  const remarks = [
    row.namingDisputed ? t("named {{names}}", { names }) : "",
    row.missing.length > 0 ? t("not drawn by {{missing}}", { missing: row.missing.join(", ") }) : "",
  ].filter((text) => text !== "");
  return (
    <tr>
      <th scope="row">{nameOf(row.label)}</th>
      {row.cells.map((cell, index) => (
        <Cell key={index} cell={cell} metric={metric} />
      ))}
      <Cell cell={row.overall} metric={metric} />
      <td className={classes.remark}>
        {remarks.length > 0 && (
          <Text size="sm" component="span">
            <IconAlertTriangle size={14} style={{ verticalAlign: "-2px" }} aria-hidden="true" /> {remarks.join("; ")}
          </Text>
        )}
      </td>
    </tr>
  );
}

function Cell({ cell, metric }: { readonly cell: HeatCell; readonly metric: Metric }) {
  const { digits } = METRICS[metric];
  if (cell.value === null) {
    return (
      <td className={classes.absent} data-beyond={cell.beyond || undefined}>
        {cell.absent === "missing" ? t("missing") : "–"}
      </td>
    );
  }
  const share = Math.round(100 * goodness(metric, cell.value));
  const style = { "--share": `${share}%` } as React.CSSProperties;
  const content = decimal(cell.value.toFixed(digits));
  return (
    <td className={classes.cell} style={style} data-beyond={cell.beyond || undefined}>
      {cell.beyond ? (
        <Tooltip label={t("Beyond the project's threshold: an expert decides")}>
          <span>
            {content}
            <span className="visually-hidden"> {t("beyond the threshold")}</span>
          </span>
        </Tooltip>
      ) : (
        content
      )}
    </td>
  );
}

function Legend({ metric }: { readonly metric: Metric }) {
  const { worst, best, unit } = METRICS[metric];
  return (
    <Group gap={8} aria-hidden="true">
      <Text size="xs" c="dimmed" className="tabular">
        {worst} {unit}
      </Text>
      <span className={classes.ramp} />
      <Text size="xs" c="dimmed" className="tabular">
        {best} {unit}
      </Text>
      <span className={classes.mark} />
      <Text size="xs" c="dimmed">
        {t("beyond threshold")}
      </Text>
    </Group>
  );
}
