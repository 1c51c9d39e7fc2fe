import { useRef } from "react";
import { t } from "@/i18n";
import { HISTOGRAM_HU, histogramHeights, type Histogram } from "@/domain/histogram";
import type { Viewer, ViewerState } from "@/viewer";
import { withLimit } from "./windows";
import styles from "./editing.module.css";

const WIDTH = 280;
const HEIGHT = 84;
const FOOT = 14;
const KEY_HU = 10;
const TICKS_HU = [-1000, 0, 1000, 2000, 3000] as const;
const { low, high } = HISTOGRAM_HU;

const xOf = (hu: number): number => (Math.min(high, Math.max(low, hu)) - low) * (WIDTH / (high - low));

interface Props {
  readonly viewer: Viewer;
  readonly window: ViewerState["window"];
  readonly histogram: Histogram;
}

/** How often which densities occur, and the two limits of the window, to be dragged or moved by arrow keys. */
export function HistogramView({ viewer, window, histogram }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const limits = { low: window.centre - window.width / 2, high: window.centre + window.width / 2 };
  const huUnder = (clientX: number): number => {
    const box = svg.current?.getBoundingClientRect();
    return box && box.width > 0 ? low + ((clientX - box.left) / box.width) * (high - low) : low;
  };
  const move = (limit: "low" | "high", hu: number): void => viewer.setWindow(withLimit(window, limit, Math.round(hu)));
  const heights = histogramHeights(histogram);
  const bar = WIDTH / heights.length;
  return (
    <svg
      ref={svg}
      viewBox={`0 0 ${WIDTH} ${HEIGHT + FOOT}`}
      className={styles["histogram"]}
      role="group"
      aria-label={t("Densities of this CT with the window's limits")}
      data-testid="histogram"
    >
      <rect
        className={styles["histogramWindow"]}
        x={xOf(limits.low)}
        width={Math.max(0, xOf(limits.high) - xOf(limits.low))}
        y={0}
        height={HEIGHT}
      />
      <path
        className={styles["histogramBars"]}
        d={heights
          .map((height, at) => `M${at * bar} ${HEIGHT}v${-height * (HEIGHT - 4)}h${bar}v${height * (HEIGHT - 4)}z`)
          .join("")}
      />
      {TICKS_HU.map((hu) => (
        <text key={hu} className={styles["histogramTick"]} x={xOf(hu)} y={HEIGHT + FOOT - 3}>
          {hu}
        </text>
      ))}
      {(["low", "high"] as const).map((limit) => (
        <g
          key={limit}
          className={styles["histogramLimit"]}
          transform={`translate(${xOf(limits[limit])} 0)`}
          role="slider"
          tabIndex={0}
          aria-label={limit === "low" ? t("Black up to (HU)") : t("White from (HU)")}
          aria-valuemin={low}
          aria-valuemax={high}
          aria-valuenow={Math.round(limits[limit])}
          data-testid={`limit-${limit}`}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={(event) => {
            if (event.currentTarget.hasPointerCapture(event.pointerId)) move(limit, huUnder(event.clientX));
          }}
          onKeyDown={(event) => {
            const step = event.key === "ArrowRight" ? KEY_HU : event.key === "ArrowLeft" ? -KEY_HU : 0;
            if (step === 0) return;
            event.preventDefault();
            move(limit, limits[limit] + step);
          }}
        >
          <rect className={styles["histogramGrip"]} x={-7} width={14} y={0} height={HEIGHT} />
          <line y1={0} y2={HEIGHT} />
        </g>
      ))}
    </svg>
  );
}
