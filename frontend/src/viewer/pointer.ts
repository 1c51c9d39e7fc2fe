/** Mouse, pen and wheel on one plane, turned into what they mean. The table below is the whole of it. */

import type { ToolName } from "./types";

type DragKind = "tool" | "pan" | "zoom" | "window";

export interface PointerTarget {
  readonly activeTool: () => ToolName;
  hover(point: readonly [number, number] | null, shiftKey: boolean): void;
  toolStart(point: readonly [number, number]): boolean;
  toolMove(point: readonly [number, number]): void;
  toolEnd(): void;
  toolCancel(): void;
  doubleClick?(): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number, anchor: readonly [number, number]): void;
  window(dx: number, dy: number): void;
  scroll(steps: number): void;
  brushSize(steps: number): void;
}

const ZOOM_PER_PIXEL = 1.008;
const ZOOM_PER_NOTCH = 1.12;
/** Wheel travel that counts as one slice, for touch pads that send many small steps. */
const NOTCH = 50;
const LEFT = 0;
const MIDDLE = 1;
const RIGHT = 2;

/** Left works the tool in hand, middle pans, right zooms; control with left sets the window. */
function dragKind(button: number, ctrlKey: boolean, tool: ToolName): DragKind | null {
  if (button === MIDDLE) return "pan";
  if (button === RIGHT) return "zoom";
  if (button !== LEFT) return null;
  if (ctrlKey) return "window";
  if (tool === "pan" || tool === "zoom" || tool === "window") return tool;
  return "tool";
}

export function listenToPointer(element: HTMLElement, target: PointerTarget): () => void {
  const abort = new AbortController();
  const { signal } = abort;
  let drag: {
    kind: DragKind;
    pointerId: number;
    last: readonly [number, number];
    start: readonly [number, number];
  } | null = null;
  let wheel = 0;

  const pointOf = (event: MouseEvent): [number, number] => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  element.addEventListener(
    "pointerdown",
    (event) => {
      if (drag) return;
      const point = pointOf(event);
      const kind = dragKind(event.button, event.ctrlKey || event.metaKey, target.activeTool());
      if (!kind) return;
      event.preventDefault();
      element.focus({ preventScroll: true });
      if (kind === "tool" && !target.toolStart(point)) return;
      drag = { kind, pointerId: event.pointerId, last: point, start: point };
      element.setPointerCapture(event.pointerId);
    },
    { signal },
  );

  element.addEventListener(
    "pointermove",
    (event) => {
      const point = pointOf(event);
      target.hover(point, event.shiftKey && !drag);
      if (!drag || event.pointerId !== drag.pointerId) return;
      const [dx, dy] = [point[0] - drag.last[0], point[1] - drag.last[1]];
      switch (drag.kind) {
        case "tool":
          // The browser bundles moves; the ones in between keep a fast stroke round.
          for (const step of event.getCoalescedEvents?.() ?? []) target.toolMove(pointOf(step));
          target.toolMove(point);
          break;
        case "pan":
          target.pan(dx, dy);
          break;
        case "zoom":
          target.zoom(ZOOM_PER_PIXEL ** -dy, drag.start);
          break;
        case "window":
          target.window(dx, dy);
          break;
      }
      drag.last = point;
    },
    { signal },
  );

  const release = (event: PointerEvent, finish: () => void): void => {
    if (!drag || event.pointerId !== drag.pointerId) return;
    const wasTool = drag.kind === "tool";
    drag = null;
    if (wasTool) finish();
  };
  element.addEventListener("pointerup", (event) => release(event, () => target.toolEnd()), { signal });
  element.addEventListener("pointercancel", (event) => release(event, () => target.toolCancel()), { signal });
  element.addEventListener(
    "pointerleave",
    () => {
      if (!drag) target.hover(null, false);
    },
    { signal },
  );
  element.addEventListener("dblclick", () => target.doubleClick?.(), { signal });
  element.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });

  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      // With shift some systems turn the wheel sideways.
      const travel = event.deltaY !== 0 ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        target.zoom(ZOOM_PER_NOTCH ** -Math.sign(travel), pointOf(event));
        return;
      }
      wheel += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? travel : travel * NOTCH;
      const steps = Math.trunc(wheel / NOTCH);
      if (steps === 0) return;
      wheel -= steps * NOTCH;
      if (event.shiftKey) target.brushSize(-Math.sign(steps));
      else target.scroll(Math.sign(steps));
    },
    { signal, passive: false },
  );

  return () => abort.abort();
}
