import { renderHook } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { Hand, Snapshots, type ViewerState } from "@/viewer";
import { useWorkstationKeys, type KeyTargets } from "./useWorkstationKeys";

const CODES: Readonly<Record<string, string>> = { x: "KeyX" };

/** The hand of a viewer that has no graphics card. */
function bareViewer() {
  const editor = { isStroking: false };
  const state = { tool: "circle", canEdit: true, preview: null, busy: null } as unknown as ViewerState;
  const hand = new Hand(new Snapshots(state), editor, { letGo: () => undefined, redraw: () => undefined });
  const viewer = { hand, getState: () => state, on: () => () => undefined };
  return { viewer, editor };
}

function listen() {
  const { viewer, editor } = bareViewer();
  const walk = vi.fn();
  const targets = { viewer, walk, grading: null, keys: {} } as unknown as KeyTargets;
  renderHook(() => useWorkstationKeys(targets));
  const press = (
    type: "keydown" | "keyup",
    key: string,
    shiftKey = false,
    target: EventTarget = document.body,
  ): unknown =>
    target.dispatchEvent(
      new KeyboardEvent(type, {
        key,
        code: CODES[key.toLowerCase()] ?? key,
        shiftKey,
        bubbles: true,
        cancelable: true,
      }),
    );
  return { viewer, editor, walk, press };
}

afterEach(() => document.body.replaceChildren());

it("paints again once the key that erases is let go during a stroke", () => {
  const { viewer, editor, press } = listen();
  press("keydown", "x");
  expect(viewer.hand.isErasing).toBe(true);
  editor.isStroking = true;
  press("keyup", "x");
  editor.isStroking = false;
  expect(viewer.hand.isErasing).toBe(false);
});

it("paints again once the key that erases is let go with shift down, as after a change of size", () => {
  const { viewer, press } = listen();
  press("keydown", "x");
  press("keyup", "X", true);
  expect(viewer.hand.isErasing).toBe(false);
});

it("leaves a key to what has answered it already: an arrow on a slider walks no vertebra", () => {
  const { walk, press } = listen();
  const slider = document.body.appendChild(document.createElement("div"));
  slider.addEventListener("keydown", (event) => event.preventDefault());
  press("keydown", "ArrowDown", false, slider);
  expect(walk).not.toHaveBeenCalled();
  press("keydown", "ArrowDown");
  expect(walk).toHaveBeenCalledWith(1);
});
