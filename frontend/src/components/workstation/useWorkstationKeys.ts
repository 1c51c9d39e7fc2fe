import { useEffect, useLayoutEffect, useRef } from "react";
import { gradingKey } from "@/domain/grading";
import type { Plane } from "@/domain/geometry";
import { isRuler } from "@/domain/rulers";
import { MASK_LOOKS } from "@/domain/maskLook";
import type { NamedWindow } from "@/state/ownWindows";
import type { GateMode, Viewer } from "@/viewer";
import type { Gradings } from "./useGradings";
import type { Rulers } from "./useRulers";
import { nextWindow } from "./windows";
import { commandOf, isTyping, type Command, type KeyChanges } from "./hotkeys";

/** A gate that gates. */
export type PaintGate = Exclude<GateMode, { readonly kind: "off" }>;

interface GradingKeys {
  readonly change: Gradings["change"];
  readonly canGrade: (label: number) => boolean;
  readonly normalRest: () => void;
  readonly enlarge: () => void;
}

export interface KeyTargets {
  readonly viewer: Viewer;
  /** Null while keys answer no grade. */
  readonly grading: GradingKeys | null;
  /** Decide by a key; false where it decides nothing. Null while keys decide nothing. */
  readonly decide: ((key: string) => boolean) | null;
  readonly walk: (step: 1 | -1) => void;
  /** From one place where the raters differ to the next. */
  readonly spot: (step: 1 | -1) => void;
  /** From one place to look at to the next. */
  readonly place: (step: 1 | -1) => void;
  /** Null where nobody ticks vertebrae. */
  readonly looking: { readonly tick: () => void; readonly next: () => void; readonly done: () => void } | null;
  readonly toggleMode: () => void;
  readonly showHelp: () => void;
  /** Opens the guidelines, or closes them. */
  readonly toggleRules?: () => void;
  /** What the key turns on; null where nobody paints. */
  readonly gate: PaintGate | null;
  /** Null where nothing is measured by hand. */
  readonly rulers: Pick<Rulers, "undo"> | null;
  readonly keys: KeyChanges;
  /** Windows that the reader has named: the key takes them after those that ship. */
  readonly ownWindows: readonly NamedWindow[];
}

/** With a ruler in hand, undo is of rulers. */
function undo({ viewer, rulers }: KeyTargets): void {
  if (!isRuler(viewer.getState().tool)) viewer.undo();
  else if (!viewer.ruler.removeLast()) rulers?.undo();
}

function run(command: Command, targets: KeyTargets, plane: Plane): void {
  const { viewer } = targets;
  const state = viewer.getState();
  switch (command.kind) {
    case "tool":
      if (isRuler(command.tool) && targets.rulers === null) return;
      return viewer.hand.setTool(command.tool);
    case "undo":
      return undo(targets);
    case "redo":
      return void viewer.redo();
    case "last-tool":
      return viewer.hand.swapTool();
    case "larger":
      return viewer.hand.stepBrush(1);
    case "smaller":
      return viewer.hand.stepBrush(-1);
    case "mask":
      return viewer.setMaskStyle({ visible: !state.maskStyle.visible });
    case "look":
      return viewer.setMaskStyle({
        look: MASK_LOOKS[(MASK_LOOKS.indexOf(state.maskStyle.look) + 1) % MASK_LOOKS.length] ?? "both",
      });
    case "crosshair":
      return viewer.setCrosshairVisible(!state.crosshairVisible);
    case "reset":
      return viewer.resetViews();
    case "zoom-level":
      return void viewer.zoomToLevel(state.activeLabel);
    case "window":
      return viewer.setWindow(nextWindow(state.window, targets.ownWindows));
    case "slab":
      return viewer.slab.thicken();
    case "slab-blend":
      return viewer.slab.swapBlend();
    case "gate":
      return viewer.setGate(state.gate.kind === "off" && targets.gate ? targets.gate : { kind: "off" });
    case "scope":
      return viewer.setScope(state.scope === "one" ? "all" : "one");
    case "erase":
      return viewer.hand.holdErase(true);
    case "level":
      return targets.walk(command.step);
    case "spot":
      return targets.spot(command.step);
    case "place":
      return targets.place(command.step);
    case "copy-slice":
      return void viewer.copySlice(plane, command.step);
    case "slice":
      return viewer.scroll(plane, command.step);
    case "looked":
      return targets.looking?.tick();
    case "next-unlooked":
      return targets.looking?.next();
    case "next-open":
      return targets.looking?.done();
    case "mode":
      return targets.toggleMode();
    case "large-picture":
      return targets.grading?.enlarge();
    case "rules":
      return targets.toggleRules?.();
    case "help":
      return targets.showHelp();
  }
}

/** Enter, Escape and Backspace answer what is shown or drawn, whatever else they do. */
function answer(key: string, { viewer }: KeyTargets): boolean {
  const { preview, busy, contourNodes, rulerPoints } = viewer.getState();
  if (key === "Escape" && busy) viewer.desk.cancel();
  else if (key === "Escape" && preview) viewer.editor.cancelPreview();
  else if (key === "Enter" && preview) viewer.editor.acceptPreview();
  else if (key === "Escape" && rulerPoints > 0) viewer.ruler.cancel();
  else if (key === "Backspace" && rulerPoints > 0) viewer.ruler.removeLast();
  else if (key === "Escape" && contourNodes > 0) viewer.contour.cancel();
  else if (key === "Enter" && contourNodes > 0) viewer.contour.close();
  else if (key === "Backspace" && contourNodes > 0) viewer.contour.removeLast();
  else return false;
  return true;
}

/** Answer a grading key; false where it is none, or the vertebra is not graded. */
function grade(key: string, viewer: Viewer, { change, canGrade, normalRest }: GradingKeys): boolean {
  const answer = gradingKey(key);
  const { activeLabel } = viewer.getState();
  if (answer?.kind === "rest") {
    normalRest();
    return true;
  }
  if (!answer || !canGrade(activeLabel)) return false;
  change(activeLabel, answer.kind === "grade" ? { grade: answer.grade } : { fracture_type: answer.type });
  return true;
}

export function useWorkstationKeys(targets: KeyTargets | null): void {
  const latest = useRef(targets);
  useLayoutEffect(() => {
    latest.current = targets;
  });
  const plane = useRef<Plane>("sagittal");
  const viewer = targets?.viewer ?? null;

  useEffect(() => {
    if (!viewer) return undefined;
    const stopCursor = viewer.on("cursor", (cursor) => {
      if (cursor) plane.current = cursor.plane;
    });
    // By its place on the keyboard: with shift or control the same key has another name when it is let go.
    let erasing: string | null = null;
    const down = (event: KeyboardEvent): void => {
      const now = latest.current;
      // A slider or a row of tabs has answered its arrows itself.
      if (!now || event.defaultPrevented || isTyping(event.target)) return;
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (plain && answer(event.key, now)) return event.preventDefault();
      if (plain && now.decide?.(event.key)) return event.preventDefault();
      if (plain && now.grading && grade(event.key, now.viewer, now.grading)) return event.preventDefault();
      const command = commandOf(event, now.keys);
      if (!command) return undefined;
      event.preventDefault();
      if (command.kind === "erase") erasing = event.code;
      return run(command, now, plane.current);
    };
    const letGo = (): void => {
      erasing = null;
      viewer.hand.holdErase(false);
    };
    const up = (event: KeyboardEvent): void => {
      if (event.code === erasing) letGo();
    };
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    window.addEventListener("blur", letGo);
    return () => {
      stopCursor();
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
      window.removeEventListener("blur", letGo);
    };
  }, [viewer]);
}
