import { ActionIcon, Tooltip } from "@mantine/core";
import { t } from "@/i18n";
import { LAYOUTS, type Layout } from "@/state/workstationPreferences";
import { LAYOUT_PLANS } from "./layouts";
import styles from "./viewing.module.css";

interface Props {
  readonly layout: Layout;
  readonly onLayout: (layout: Layout) => void;
}

/** One button per layout, each with a small drawing of it. */
export function LayoutControl({ layout, onLayout }: Props) {
  return (
    <div className={styles["layouts"]} role="group" aria-label={t("Layout")}>
      {LAYOUTS.map((name) => (
        <Tooltip key={name} label={LAYOUT_PLANS[name].title}>
          <ActionIcon
            size={30}
            variant={name === layout ? "filled" : "subtle"}
            color={name === layout ? "petrol" : "gray"}
            aria-pressed={name === layout}
            aria-label={LAYOUT_PLANS[name].title}
            data-testid={`layout-${name}`}
            onClick={() => onLayout(name)}
          >
            <LayoutGlyph layout={name} />
          </ActionIcon>
        </Tooltip>
      ))}
    </div>
  );
}

const SIZE = 18;
const GAP = 1.5;

/** Panes as outlined boxes; a large axial one holds a dot, 3D a ball, the straightened one a line, the compared one is filled. */
function LayoutGlyph({ layout }: { readonly layout: Layout }) {
  const { areas } = LAYOUT_PLANS[layout];
  const rows = areas.length;
  const columns = areas[0]?.length ?? 1;
  const [w, h] = [SIZE / columns, SIZE / rows];
  const boxes = [...new Set(areas.flat())].map((pane) => {
    const cells = areas.flatMap((row, y) => row.flatMap((name, x) => (name === pane ? [[x, y] as const] : [])));
    const [xs, ys] = [cells.map(([x]) => x), cells.map(([, y]) => y)];
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    return {
      pane,
      x: x * w,
      y: y * h,
      width: (Math.max(...xs) - x + 1) * w - GAP,
      height: (Math.max(...ys) - y + 1) * h - GAP,
    };
  });
  return (
    <svg
      width={SIZE}
      height={SIZE}
      viewBox={`-0.5 -0.5 ${SIZE} ${SIZE}`}
      fill="none"
      stroke="currentColor"
      strokeWidth={1.3}
      aria-hidden
    >
      {boxes.map(({ pane, x, y, width, height }) => (
        <g key={pane}>
          <rect
            x={x}
            y={y}
            width={width}
            height={height}
            rx={1.5}
            fill={pane === "compare" ? "currentColor" : "none"}
            fillOpacity={0.45}
          />
          {pane === "axial" && layout === "axial" && (
            <circle cx={x + width / 2} cy={y + height / 2} r={2} fill="currentColor" />
          )}
          {pane === "three" && <circle cx={x + width / 2} cy={y + height / 2} r={2} />}
          {pane === "straight" && <path d={`M${x + width / 2} ${y + 3}V${y + height - 3}`} strokeDasharray="2 1.4" />}
        </g>
      ))}
    </svg>
  );
}
