/** The workstation's keys. Tools, undo, redo, last tool and brush size are where Slicer has them. */

import type { ToolName } from "@/viewer/types";

export type Command =
  | { readonly kind: "tool"; readonly tool: ToolName }
  | { readonly kind: "undo" | "redo" | "last-tool" | "larger" | "smaller" | "mask" | "crosshair" | "reset" | "window" | "gate" | "mode" | "help" }
  | { readonly kind: "level"; readonly step: 1 | -1 }
  | { readonly kind: "slice"; readonly step: number };

export interface Hotkey {
  readonly keys: readonly string[];
  readonly shown: string;
  readonly command: Command;
  readonly text: string;
  readonly group: "Tools" | "Editing" | "Walking" | "Display";
}

const tool = (key: string, name: ToolName, text: string): Hotkey => ({
  keys: [key],
  shown: key,
  command: { kind: "tool", tool: name },
  text,
  group: "Tools",
});

export const HOTKEYS: readonly Hotkey[] = [
  tool("1", "circle", "Paint with a circle in the slice"),
  tool("2", "sphere", "Paint with a sphere through slices"),
  tool("3", "erase", "Erase"),
  tool("4", "fill", "Fill an outlined area"),
  tool("5", "scissors", "Scissors: draw round what to cut"),
  { keys: ["0", "Escape", "`"], shown: "0", command: { kind: "tool", tool: "crosshair" }, text: "No tool: crosshair", group: "Tools" },
  { keys: [" "], shown: "Space", command: { kind: "last-tool" }, text: "Back to the last tool", group: "Tools" },
  { keys: ["z", "ctrl+z"], shown: "z", command: { kind: "undo" }, text: "Undo", group: "Editing" },
  { keys: ["y", "ctrl+y", "ctrl+Z"], shown: "y", command: { kind: "redo" }, text: "Redo", group: "Editing" },
  { keys: ["[", "-"], shown: "[", command: { kind: "smaller" }, text: "Smaller brush", group: "Editing" },
  { keys: ["]", "+", "="], shown: "]", command: { kind: "larger" }, text: "Larger brush", group: "Editing" },
  { keys: ["t"], shown: "t", command: { kind: "gate" }, text: "Density gate on or off", group: "Editing" },
  { keys: ["ArrowDown", "w"], shown: "↓", command: { kind: "level", step: 1 }, text: "Next vertebra below", group: "Walking" },
  { keys: ["ArrowUp", "q"], shown: "↑", command: { kind: "level", step: -1 }, text: "Vertebra above", group: "Walking" },
  { keys: ["ArrowRight", "."], shown: "→", command: { kind: "slice", step: 1 }, text: "Next slice under the mouse", group: "Walking" },
  { keys: ["ArrowLeft", ","], shown: "←", command: { kind: "slice", step: -1 }, text: "Slice before", group: "Walking" },
  { keys: ["m"], shown: "m", command: { kind: "mask" }, text: "Hide or show the mask", group: "Display" },
  { keys: ["c"], shown: "c", command: { kind: "crosshair" }, text: "Hide or show the crosshair", group: "Display" },
  { keys: ["i"], shown: "i", command: { kind: "window" }, text: "Next window: bone, soft tissue, metal", group: "Display" },
  { keys: ["r"], shown: "r", command: { kind: "reset" }, text: "Whole volume in view", group: "Display" },
  { keys: ["g"], shown: "g", command: { kind: "mode" }, text: "Between editing and grading", group: "Walking" },
  { keys: ["?"], shown: "?", command: { kind: "help" }, text: "This list", group: "Display" },
];

/** What mouse and held keys do; shown in the list only. */
export const GESTURES: readonly { readonly shown: string; readonly text: string }[] = [
  { shown: "Hold x", text: "The brush erases" },
  { shown: "Shift + wheel", text: "Size of the brush" },
  { shown: "Wheel", text: "Slices" },
  { shown: "Ctrl + wheel", text: "Zoom at the mouse" },
  { shown: "Middle drag", text: "Move the picture" },
  { shown: "Right drag", text: "Zoom" },
  { shown: "Ctrl + left drag", text: "Window: level up and down, width to the sides" },
  { shown: "Shift + move", text: "The other planes follow the mouse" },
];

export const GRADING_KEYS: readonly { readonly shown: string; readonly text: string }[] = [
  { shown: "0 1 2 3", text: "Genant grade" },
  { shown: "w b c", text: "Wedge, biconcave, crush" },
];

export function commandOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): Command | null {
  if (event.altKey) return null;
  const key = event.ctrlKey || event.metaKey ? `ctrl+${event.key}` : event.key;
  return HOTKEYS.find((hotkey) => hotkey.keys.includes(key))?.command ?? null;
}

/** Keys belong to a field or a dialog while one has the focus. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches("input, textarea, select, [contenteditable=true]") || target.closest("[role=dialog], [role=listbox], [role=menu]") !== null;
}
