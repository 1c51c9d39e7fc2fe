import { t } from "@/i18n";
import { formatNumber } from "@/state/format";
import type { Course } from "@/api/types";

type Flow = Course["flow"];

export interface Box {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The first is the heading. */
  readonly lines: readonly string[];
}

export interface Arrow {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
}

export interface FlowDrawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

export const LINE = 18;
export const PADDING = 12;
const MAIN = { x: 20, width: 290 };
const SIDE = { x: 370, width: 330 };
const GAP = 26;
const ENDS_GAP = 15;

const n = (count: number) => `(n = ${formatNumber(count)})`;
const heightOf = (lines: readonly string[]) => lines.length * LINE + 2 * PADDING;
const first = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The way of the series into the data set, as papers draw it: what stays in goes down, what falls out goes right. */
export function flowDrawing(flow: Flow): FlowDrawing {
  const eligible = flow.came_in - flow.held;
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  const middle = MAIN.x + MAIN.width / 2;
  let y = 10;
  const down = (key: string, lines: readonly string[]) => {
    boxes.push({ key, ...MAIN, y, height: heightOf(lines), lines });
    y += heightOf(lines);
  };
  const out = (key: string, lines: readonly string[]) => {
    const height = heightOf(lines);
    boxes.push({ key, ...SIDE, y: y + GAP, height, lines });
    const beside = y + GAP + height / 2;
    arrows.push({ from: [middle, beside], to: [SIDE.x, beside] });
    const below = y + height + 2 * GAP;
    arrows.push({ from: [middle, y], to: [middle, below] });
    y = below;
  };
  const told = (rows: Flow["rules"]) => rows.map(({ reason, count }) => `  ${first(reason)} ${n(count)}`);
  down("came-in", [t("Series that came in {{came_in}}", { came_in: n(flow.came_in) })]);
  out("held", [t("Kept out by inclusion rules {{held}}", { held: n(flow.held) }), ...told(flow.rules)]);
  down("eligible", [t("Eligible {{eligible}}", { eligible: n(eligible) })]);
  out("excluded", [t("Excluded {{excluded}}", { excluded: n(flow.excluded) }), ...told(flow.reasons)]);
  down("included", [t("In the data set {{included}}", { included: n(flow.included) })]);
  const ends = [
    ["accepted", t("Accepted {{accepted}}", { accepted: n(flow.accepted) })],
    ["in-progress", t("In progress {{in_progress}}", { in_progress: n(flow.in_progress) })],
    ["waiting", t("Not begun {{waiting}}", { waiting: n(flow.waiting) })],
  ] as const;
  const whole = SIDE.x + SIDE.width - MAIN.x;
  const width = (whole - ENDS_GAP * (ends.length - 1)) / ends.length;
  const fork = y + GAP;
  arrows.push({ from: [middle, y], to: [middle, fork + GAP] });
  for (const [place, [key, line]] of ends.entries()) {
    const x = MAIN.x + place * (width + ENDS_GAP);
    boxes.push({ key, x, y: fork + GAP, width, height: heightOf([line]), lines: [line] });
    if (place > 0) arrows.push({ from: [x + width / 2, fork], to: [x + width / 2, fork + GAP] });
  }
  const last = MAIN.x + (ends.length - 1) * (width + ENDS_GAP) + width / 2;
  arrows.push({ from: [middle, fork], to: [last, fork] });
  return { width: SIDE.x + SIDE.width + MAIN.x, height: fork + GAP + heightOf([""]) + 10, boxes, arrows };
}

/** The same in words, for those who do not see it. */
export function flowText(flow: Flow): string {
  return flowDrawing(flow)
    .boxes.flatMap(({ lines }) => lines.map((line) => line.trim()))
    .join("; ");
}
