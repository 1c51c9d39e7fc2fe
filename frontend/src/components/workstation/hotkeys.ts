/** The workstation's keys. Tools, undo, redo, last tool and brush size are where Slicer has them; each can be changed. */

import { t } from "@/i18n";
import type { ToolName } from "@/viewer";

export type Command =
  | { readonly kind: "tool"; readonly tool: ToolName }
  | {
      readonly kind:
        | "undo"
        | "redo"
        | "last-tool"
        | "larger"
        | "smaller"
        | "mask"
        | "look"
        | "crosshair"
        | "reset"
        | "zoom-level"
        | "window"
        | "slab"
        | "slab-blend"
        | "gate"
        | "scope"
        | "mode"
        | "large-picture"
        | "looked"
        | "next-unlooked"
        | "next-open"
        | "help"
        | "rules"
        | "erase";
    }
  | { readonly kind: "level" | "spot" | "place" | "copy-slice"; readonly step: 1 | -1 }
  | { readonly kind: "slice"; readonly step: number };

export interface Hotkey {
  /** Stands in the account's preferences: never renamed. */
  readonly id: string;
  readonly keys: readonly string[];
  readonly command: Command;
  readonly text: string;
  readonly group: "Tools" | "Editing" | "Walking" | "Display";
}

/** The keys that a user has changed: command id to keys. What is not in it is as shipped. */
export type KeyChanges = Readonly<Record<string, readonly string[]>>;

const tool = (key: string, name: ToolName, text: string): Hotkey => ({
  id: `tool-${name}`,
  keys: [key],
  command: { kind: "tool", tool: name },
  text,
  group: "Tools",
});

export const HOTKEYS: readonly Hotkey[] = [
  tool("1", "circle", t("Brush: a circle in the slice")),
  tool("2", "sphere", t("Brush: a sphere through slices")),
  tool("3", "erase", t("Erase")),
  tool("4", "fill", t("Bucket: fill an outlined area")),
  tool("5", "scissors", t("Scissors")),
  tool("6", "grow", t("Grow from a click")),
  tool("7", "split", t("Split along a line")),
  tool("8", "refine", t("Refine with the engine by clicks")),
  tool("9", "contour", t("Draw an outline that fills")),
  tool("d", "length", t("Measure a distance")),
  tool("e", "angle", t("Measure an angle: its corner is the second point")),
  tool("k", "cobb", t("Measure a Cobb angle between two lines")),
  {
    id: "tool-crosshair",
    keys: ["0", "Escape", "`"],
    command: { kind: "tool", tool: "crosshair" },
    text: t("No tool: crosshair"),
    group: "Tools",
  },
  { id: "last-tool", keys: [" "], command: { kind: "last-tool" }, text: t("Back to the last tool"), group: "Tools" },
  { id: "undo", keys: ["z", "ctrl+z"], command: { kind: "undo" }, text: t("Undo"), group: "Editing" },
  { id: "redo", keys: ["y", "ctrl+y", "ctrl+Z"], command: { kind: "redo" }, text: t("Redo"), group: "Editing" },
  { id: "smaller", keys: ["[", "-"], command: { kind: "smaller" }, text: t("Smaller brush"), group: "Editing" },
  { id: "larger", keys: ["]", "+", "="], command: { kind: "larger" }, text: t("Larger brush"), group: "Editing" },
  { id: "erase", keys: ["x"], command: { kind: "erase" }, text: t("While held, the brush erases"), group: "Editing" },
  { id: "gate", keys: ["t"], command: { kind: "gate" }, text: t("Density gate on or off"), group: "Editing" },
  {
    id: "scope",
    keys: ["a"],
    command: { kind: "scope" },
    text: t("Work on this vertebra or on all"),
    group: "Editing",
  },
  {
    id: "copy-next-slice",
    keys: ["v"],
    command: { kind: "copy-slice", step: 1 },
    text: t("Copy this slice's shape to the next slice"),
    group: "Editing",
  },
  {
    id: "copy-previous-slice",
    keys: ["V"],
    command: { kind: "copy-slice", step: -1 },
    text: t("Copy it to the slice before"),
    group: "Editing",
  },
  {
    id: "next-level",
    keys: ["ArrowDown", "w"],
    command: { kind: "level", step: 1 },
    text: t("Next vertebra below"),
    group: "Walking",
  },
  {
    id: "previous-level",
    keys: ["ArrowUp", "q"],
    command: { kind: "level", step: -1 },
    text: t("Vertebra above"),
    group: "Walking",
  },
  {
    id: "next-slice",
    keys: ["ArrowRight", "."],
    command: { kind: "slice", step: 1 },
    text: t("Next slice under the mouse"),
    group: "Walking",
  },
  {
    id: "previous-slice",
    keys: ["ArrowLeft", ","],
    command: { kind: "slice", step: -1 },
    text: t("Slice before"),
    group: "Walking",
  },
  {
    id: "next-spot",
    keys: ["n"],
    command: { kind: "spot", step: 1 },
    text: t("Next spot where the raters differ"),
    group: "Walking",
  },
  { id: "previous-spot", keys: ["N"], command: { kind: "spot", step: -1 }, text: t("Spot before"), group: "Walking" },
  {
    id: "next-place",
    keys: ["p"],
    command: { kind: "place", step: 1 },
    text: t("Next place to look at"),
    group: "Walking",
  },
  {
    id: "previous-place",
    keys: ["P"],
    command: { kind: "place", step: -1 },
    text: t("Place to look at before"),
    group: "Walking",
  },
  {
    id: "looked",
    keys: ["l"],
    command: { kind: "looked" },
    text: t("Experts: tick the vertebra as looked at, or take the tick back"),
    group: "Walking",
  },
  {
    id: "next-unlooked",
    keys: ["L"],
    command: { kind: "next-unlooked" },
    text: t("Experts: next vertebra without a tick"),
    group: "Walking",
  },
  {
    id: "next-open",
    keys: ["u"],
    command: { kind: "next-open" },
    text: t("Experts: done with this vertebra: tick it, and on to the next open one"),
    group: "Walking",
  },
  { id: "mode", keys: ["g"], command: { kind: "mode" }, text: t("Between editing and grading"), group: "Walking" },
  {
    id: "large-picture",
    keys: ["h"],
    command: { kind: "large-picture" },
    text: t("Grading: its picture large, or small again"),
    group: "Display",
  },
  { id: "mask", keys: ["m"], command: { kind: "mask" }, text: t("Hide or show the mask"), group: "Display" },
  { id: "look", keys: ["o"], command: { kind: "look" }, text: t("Mask with outline, fill, or both"), group: "Display" },
  {
    id: "crosshair",
    keys: ["c"],
    command: { kind: "crosshair" },
    text: t("Hide or show the crosshair"),
    group: "Display",
  },
  { id: "window", keys: ["i"], command: { kind: "window" }, text: t("Next window preset"), group: "Display" },
  { id: "slab", keys: ["s"], command: { kind: "slab" }, text: t("Thick slab: 5, 10, 20 mm, off"), group: "Display" },
  {
    id: "slab-blend",
    keys: ["S"],
    command: { kind: "slab-blend" },
    text: t("Slab: maximum or mean"),
    group: "Display",
  },
  { id: "reset", keys: ["r"], command: { kind: "reset" }, text: t("Whole volume in view"), group: "Display" },
  {
    id: "zoom-level",
    keys: ["f"],
    command: { kind: "zoom-level" },
    text: t("Zoom to the vertebra in hand"),
    group: "Display",
  },
  { id: "rules", keys: ["j"], command: { kind: "rules" }, text: t("Guidelines and questions"), group: "Display" },
  { id: "help", keys: ["?"], command: { kind: "help" }, text: t("This list"), group: "Display" },
];

/** What mouse and fixed keys do; shown in the list only. */
export const GESTURES: readonly { readonly shown: string; readonly text: string }[] = [
  { shown: "Backspace", text: t("Take the last point of an outline or a ruler back") },
  { shown: "Enter", text: t("Accept what is shown in a preview") },
  { shown: "Escape", text: t("Cancel a preview, an operation, an outline or a ruler") },
  { shown: "Enter", text: t("Close an outline and fill it; so does a double click") },
  { shown: t("Shift + wheel"), text: t("Size of the brush") },
  { shown: t("Wheel"), text: t("Slices") },
  { shown: t("Ctrl + wheel"), text: t("Zoom at the mouse") },
  { shown: t("Middle drag"), text: t("Move the picture") },
  { shown: t("Right drag"), text: t("Zoom") },
  { shown: t("Ctrl + drag"), text: t("Window: level up and down, width to the sides") },
  { shown: t("Shift + move"), text: t("The other planes follow the mouse") },
  { shown: t("Double click"), text: t("On a vertebra in the list or the strip: zoom to it") },
  { shown: t("Right click"), text: t("On a vertebra in the list: what can be done with it") },
];

export const GRADING_KEYS: readonly { readonly shown: string; readonly text: string }[] = [
  { shown: "0 1 2 3", text: t("Genant grade") },
  { shown: "w b c", text: t("Wedge, biconcave, crush") },
  { shown: "n", text: t("All others are normal") },
];

export const DECISION_KEYS: readonly { readonly shown: string; readonly text: string }[] = [
  { shown: "Shift + A", text: t("Take the vertebra of rater A; B, C, … likewise") },
  { shown: "Shift + F", text: t("Take the fused one") },
  { shown: "Shift + P", text: t("Keep it as painted") },
];

const MOST_KEYS = 4;

/** What the account holds, as far as it makes sense. */
export function parseKeyChanges(kept: unknown): KeyChanges {
  if (typeof kept !== "object" || kept === null) return {};
  const known = new Set(HOTKEYS.map((hotkey) => hotkey.id));
  return Object.fromEntries(
    Object.entries(kept).flatMap(([id, keys]): [string, string[]][] =>
      known.has(id) &&
      Array.isArray(keys) &&
      keys.every((key) => typeof key === "string" && key.length > 0 && key.length < 24)
        ? [[id, keys.slice(0, MOST_KEYS) as string[]]]
        : [],
    ),
  );
}

export function keysOf(hotkey: Hotkey, changes: KeyChanges): readonly string[] {
  return changes[hotkey.id] ?? hotkey.keys;
}

const SHOWN: Readonly<Record<string, string>> = {
  " ": t("Space"),
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowRight: "→",
  ArrowLeft: "←",
  Escape: "Esc",
};

/** A key as people read it. */
export function shownKey(key: string): string {
  const plain = key.startsWith("ctrl+") ? key.slice(5) : key;
  const name = SHOWN[plain] ?? (/^[A-Z]$/.test(plain) ? t("Shift {{plain}}", { plain: plain.toLowerCase() }) : plain);
  return key.startsWith("ctrl+") ? t("Ctrl {{name}}", { name }) : name;
}

/** The first key of a command, for tooltips; none where the user took it away. */
export function hintFor(id: string, changes: KeyChanges): string | undefined {
  const hotkey = HOTKEYS.find((entry) => entry.id === id);
  const [first] = hotkey ? keysOf(hotkey, changes) : [];
  return first === undefined ? undefined : shownKey(first);
}

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">;

/** The key of an event as it is kept; null for what cannot be a hotkey. */
export function keyOf({ key, ctrlKey, metaKey, altKey }: Pressed): string | null {
  if (altKey || ["Control", "Shift", "Alt", "Meta", "Enter", "Tab", "Dead", "Unidentified"].includes(key)) return null;
  return ctrlKey || metaKey ? `ctrl+${key}` : key;
}

export function commandOf(event: Pressed, changes: KeyChanges = {}): Command | null {
  const key = keyOf(event);
  if (key === null) return null;
  return HOTKEYS.find((hotkey) => keysOf(hotkey, changes).includes(key))?.command ?? null;
}

/** The other command that has the key already. */
export function conflictOf(id: string, key: string, changes: KeyChanges): Hotkey | null {
  return HOTKEYS.find((hotkey) => hotkey.id !== id && keysOf(hotkey, changes).includes(key)) ?? null;
}

/** Give a command one key alone; whoever had it loses it. */
export function withKey(id: string, key: string, changes: KeyChanges): KeyChanges {
  const next: Record<string, readonly string[]> = { ...changes, [id]: [key] };
  const loser = conflictOf(id, key, changes);
  if (loser) next[loser.id] = keysOf(loser, changes).filter((other) => other !== key);
  return next;
}

/** A command's keys as shipped; keys that it gets back are taken from whoever has them now. */
export function withShipped(id: string, changes: KeyChanges): KeyChanges {
  const hotkey = HOTKEYS.find((entry) => entry.id === id);
  let next: KeyChanges = changes;
  for (const key of hotkey?.keys ?? []) {
    const loser = conflictOf(id, key, next);
    if (loser) next = { ...next, [loser.id]: keysOf(loser, next).filter((other) => other !== key) };
  }
  return Object.fromEntries(Object.entries(next).filter(([other]) => other !== id));
}

/** Keys belong to a field or a dialog while one has the focus. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.matches("input, textarea, select, [contenteditable=true]") ||
    target.closest("[role=dialog], [role=listbox], [role=menu]") !== null
  );
}
