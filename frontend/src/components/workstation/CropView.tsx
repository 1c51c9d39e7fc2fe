import { useCallback, useEffect, useLayoutEffect, useRef, useState, type PointerEvent } from "react";
import { t } from "@/i18n";
import type { HeightLine } from "@/api/assignments";
import { middleOf, type Vec3 } from "@/domain/geometry";
import { cssColourOf, nameOf } from "@/domain/labels";
import { CROP, fromCrop, greys, leftOf, outlines, sampleCrop, toCrop, type Axes } from "@/domain/sagittalCrop";
import type { Viewer } from "@/viewer";
import { BODY_COLOUR, LINE_COLOUR, linesOf, REGION_COLOUR, regionOf } from "./useMeasureOverlay";
import type { Measured, ShownMeasurement } from "./useMeasured";
import styles from "./workstation.module.css";

interface Props {
  readonly viewer: Viewer;
  readonly measured: Measured;
  readonly movable: boolean;
}

/** What the mouse holds: an end of a line, or the region of interest. */
type Grip = { readonly kind: "line"; readonly site: number; readonly end: 0 | 1 } | { readonly kind: "region" };

interface Moved {
  readonly lines: readonly HeightLine[];
  readonly shift: Vec3;
}

const POINTS = { x: CROP.widthMm / CROP.stepMm, y: CROP.heightMm / CROP.stepMm };
/** Picture points: half a millimetre each. */
const HANDLE = 2.6;
const GRAB = 7;
const STILL: Vec3 = [0, 0, 0];

/** The sagittal picture through the vertebra in hand and its neighbours, in its own axes. */
export function CropView({ viewer, measured, movable }: Props) {
  const { data } = measured;
  if (!data?.axes_ras) return null;
  return (
    <Drawn key={data.label} viewer={viewer} data={data} axes={data.axes_ras} measured={measured} movable={movable} />
  );
}

interface DrawnProps extends Props {
  readonly data: ShownMeasurement;
  readonly axes: Axes;
}

function Drawn({ viewer, data, axes, measured, movable }: DrawnProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = usePicture(viewer, axes);
  const grip = useRef<{ readonly grip: Grip; readonly from: Vec3 } | null>(null);
  const [moved, setMoved] = useState<Moved | null>(null);
  const lines = moved?.lines ?? linesOf(data);
  const shift = moved?.shift ?? STILL;

  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element || !picture) return;
    drawAll(element, picture, { axes, data, lines, shift, movable });
  }, [picture, axes, data, lines, shift, movable]);

  const at = useCallback((event: PointerEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * POINTS.x,
      y: ((event.clientY - box.top) / box.height) * POINTS.y,
    };
  }, []);
  const down = (event: PointerEvent<HTMLCanvasElement>): void => {
    const { x, y } = at(event);
    const found = movable ? gripAt(x, y, axes, data) : null;
    if (!found) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    grip.current = { grip: found, from: fromCrop(x, y, axes) };
    setMoved({ lines: linesOf(data), shift: STILL });
  };
  const move = (event: PointerEvent<HTMLCanvasElement>): void => {
    const held = grip.current;
    if (!held) return;
    const { x, y } = at(event);
    if (held.grip.kind === "region") {
      const to = fromCrop(x, y, axes);
      setMoved({ lines: linesOf(data), shift: [to[0] - held.from[0], to[1] - held.from[1], to[2] - held.from[2]] });
    } else setMoved({ lines: withEnd(linesOf(data), held.grip, x, y, axes), shift: STILL });
  };
  const up = (): void => {
    const held = grip.current;
    grip.current = null;
    if (!held || !moved) return;
    if (held.grip.kind === "line") measured.setLines(moved.lines);
    else {
      const before = data.own_region ?? { shift_ras_mm: STILL, scale: 1 };
      const [a, b, c] = before.shift_ras_mm;
      measured.setRegion({
        shift_ras_mm: [a + moved.shift[0], b + moved.shift[1], c + moved.shift[2]],
        scale: before.scale,
      });
    }
  };
  // What was dropped stays where it is until it stands among the data.
  const [shown, setShown] = useState(data);
  if (shown !== data) {
    setShown(data);
    setMoved(null);
  }
  return (
    <canvas
      ref={canvas}
      className={styles["crop"]}
      data-testid="crop"
      data-movable={movable}
      role="img"
      aria-label={t("Sagittal picture of {{label}} and its neighbours with the measured lines", {
        label: nameOf(data.label),
      })}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
    />
  );
}

interface Picture {
  readonly image: ImageData;
  readonly edges: ReadonlyMap<number, readonly number[]>;
}

/** The resampled picture; made anew when more of the CT is there, the mask was painted or the window changed. */
function usePicture(viewer: Viewer, axes: Axes): Picture | null {
  const [picture, setPicture] = useState<Picture | null>(null);
  const [x, y, z] = axes.centre;
  const [turnX, turnY, turnZ] = axes.up;
  useEffect(() => {
    let frame = 0;
    const make = (): void => {
      frame = 0;
      const crop = sampleCrop(viewer.geometry, viewer.hu, viewer.mask, axes);
      const { centre, width } = viewer.getState().window;
      setPicture({ image: new ImageData(greys(crop, centre, width), crop.columns, crop.rows), edges: outlines(crop) });
    };
    const later = (): void => {
      if (frame === 0) frame = requestAnimationFrame(make);
    };
    later();
    let { window } = viewer.getState();
    const stops = [
      viewer.on("slab", later),
      viewer.on("drawn", later),
      viewer.subscribe(() => {
        const now = viewer.getState().window;
        if (now === window) return;
        window = now;
        later();
      }),
    ];
    return () => {
      cancelAnimationFrame(frame);
      for (const stop of stops) stop();
    };
    // the axes come anew with each answer of the server, mostly the same
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [viewer, x, y, z, turnX, turnY, turnZ]);
  return picture;
}

function gripAt(x: number, y: number, axes: Axes, data: ShownMeasurement): Grip | null {
  let best: Grip | null = null;
  let nearest = GRAB;
  linesOf(data).forEach((line, site) => {
    line.forEach((point, end) => {
      const place = toCrop(point, axes);
      const distance = Math.hypot(place.x - x, place.y - y);
      if (distance < nearest) {
        nearest = distance;
        best = { kind: "line", site, end: end === 0 ? 0 : 1 };
      }
    });
  });
  const region = regionOf(data);
  if (!best && region.length > 2) {
    const middle = toCrop(middleOf(region), axes);
    if (Math.hypot(middle.x - x, middle.y - y) < GRAB) return { kind: "region" };
  }
  return best;
}

function withEnd(
  lines: readonly HeightLine[],
  grip: Extract<Grip, { kind: "line" }>,
  x: number,
  y: number,
  axes: Axes,
): HeightLine[] {
  return lines.map((line, site) => {
    if (site !== grip.site) return line;
    const place = fromCrop(x, y, axes, leftOf(line[grip.end], axes));
    return grip.end === 0 ? [place, line[1]] : [line[0], place];
  });
}

interface Overlay {
  readonly axes: Axes;
  readonly data: ShownMeasurement;
  readonly lines: readonly HeightLine[];
  readonly shift: Vec3;
  readonly movable: boolean;
}

function drawAll(element: HTMLCanvasElement, { image, edges }: Picture, overlay: Overlay): void {
  const ratio = Math.max(1, Math.round((element.clientWidth * window.devicePixelRatio) / POINTS.x));
  element.width = POINTS.x * ratio;
  element.height = POINTS.y * ratio;
  const context = element.getContext("2d");
  if (!context) return;
  const still = new OffscreenCanvas(image.width, image.height);
  still.getContext("2d")?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.scale(ratio, ratio);
  context.drawImage(still, 0, 0);
  for (const [label, strokes] of edges) drawEdges(context, strokes, cssColourOf(label), label === overlay.data.label);
  drawMeasured(context, overlay);
}

function drawEdges(
  context: CanvasRenderingContext2D,
  strokes: readonly number[],
  colour: string,
  strong: boolean,
): void {
  context.beginPath();
  for (let at = 0; at < strokes.length; at += 4) {
    context.moveTo(strokes[at] ?? 0, strokes[at + 1] ?? 0);
    context.lineTo(strokes[at + 2] ?? 0, strokes[at + 3] ?? 0);
  }
  context.strokeStyle = colour;
  context.globalAlpha = strong ? 0.95 : 0.5;
  context.lineWidth = strong ? 0.9 : 0.6;
  context.stroke();
  context.globalAlpha = 1;
}

function drawMeasured(context: CanvasRenderingContext2D, { axes, data, lines, shift, movable }: Overlay): void {
  context.setLineDash([2, 2]);
  polygon(
    context,
    data.outline_ras_mm.map((point) => toCrop(point, axes)),
    BODY_COLOUR,
    0.8,
  );
  context.setLineDash([]);
  const region = regionOf(data).map(([a, b, c]) => toCrop([a + shift[0], b + shift[1], c + shift[2]], axes));
  polygon(context, region, REGION_COLOUR, 0.9);
  if (movable && region.length > 2)
    dot(
      context,
      toCrop(middleOf(regionOf(data).map(([a, b, c]): Vec3 => [a + shift[0], b + shift[1], c + shift[2]])), axes),
      REGION_COLOUR,
    );
  for (const line of lines) {
    const [low, high] = [toCrop(line[0], axes), toCrop(line[1], axes)];
    context.beginPath();
    context.moveTo(low.x, low.y);
    context.lineTo(high.x, high.y);
    context.strokeStyle = LINE_COLOUR;
    context.lineWidth = 1.2;
    context.stroke();
    if (movable) for (const end of [low, high]) dot(context, end, LINE_COLOUR);
  }
}

function polygon(
  context: CanvasRenderingContext2D,
  points: readonly { readonly x: number; readonly y: number }[],
  colour: string,
  width: number,
): void {
  if (points.length < 3) return;
  context.beginPath();
  points.forEach(({ x, y }, at) => (at === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.closePath();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

function dot(
  context: CanvasRenderingContext2D,
  { x, y }: { readonly x: number; readonly y: number },
  colour: string,
): void {
  context.beginPath();
  context.arc(x, y, HANDLE, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = "rgba(0, 0, 0, 0.7)";
  context.lineWidth = 0.6;
  context.stroke();
}
