/** What the panes show, as one picture: each canvas where it lies on the page, later ones over earlier ones. */

import { BEFORE_COPY } from "@/viewer";

/** What holds panes says so by `data-panes`; "over": it lies over the others. */
export function panesOnTop(): HTMLElement | null {
  return document.querySelector<HTMLElement>('[data-panes="over"]') ?? document.querySelector("[data-panes]");
}

/** @throws Error where the browser has no canvas to draw on */
export function panePicture(root: HTMLElement): HTMLCanvasElement {
  const box = root.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  const whole = document.createElement("canvas");
  [whole.width, whole.height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
  const context = whole.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.fillStyle = "#000";
  context.fillRect(0, 0, whole.width, whole.height);
  for (const canvas of root.querySelectorAll("canvas")) {
    if (canvas.width === 0 || canvas.height === 0 || !canvas.checkVisibility({ visibilityProperty: true })) continue;
    canvas.dispatchEvent(new Event(BEFORE_COPY, { bubbles: true }));
    const at = canvas.getBoundingClientRect();
    const [x, y] = [(at.left - box.left) * ratio, (at.top - box.top) * ratio];
    context.drawImage(canvas, x, y, at.width * ratio, at.height * ratio);
  }
  return whole;
}
