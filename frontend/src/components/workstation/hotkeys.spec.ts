import { describe, expect, it } from "vitest";
import {
  commandOf,
  conflictOf,
  hintFor,
  HOTKEYS,
  keyOf,
  keysOf,
  parseKeyChanges,
  withKey,
  withShipped,
} from "./hotkeys";

const press = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false, altKey: false });

describe("hotkeys", () => {
  it("ship without two commands on one key", () => {
    const keys = HOTKEYS.flatMap((hotkey) => hotkey.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("are where Slicer has them", () => {
    expect(commandOf(press("1"))).toEqual({ kind: "tool", tool: "circle" });
    expect(["z", "y", " ", "[", "]"].map((key) => commandOf(press(key))?.kind)).toEqual([
      "undo",
      "redo",
      "last-tool",
      "smaller",
      "larger",
    ]);
    expect(commandOf(press("z", true))?.kind).toBe("undo");
    expect(commandOf({ ...press("z"), altKey: true })).toBeNull();
  });

  it("move: the new key works, the old one does not, and whoever had it loses it", () => {
    expect(conflictOf("undo", "m", {})?.id).toBe("mask");
    const changes = withKey("undo", "m", {});
    expect(commandOf(press("m"), changes)?.kind).toBe("undo");
    expect(commandOf(press("z"), changes)).toBeNull();
    expect(HOTKEYS.filter((hotkey) => keysOf(hotkey, changes).includes("m")).map((hotkey) => hotkey.id)).toEqual([
      "undo",
    ]);
    expect(hintFor("mask", changes)).toBeUndefined();
    expect(commandOf(press("z"), withShipped("undo", changes))?.kind).toBe("undo");
    expect(commandOf(press("m"), withShipped("mask", changes))?.kind).toBe("mask");
  });

  it("take no modifier alone and no key that dialogs need", () => {
    expect(["Shift", "Control", "Enter", "Tab"].map((key) => keyOf(press(key)))).toEqual([null, null, null, null]);
  });

  it("read what the account holds, as far as it makes sense", () => {
    expect(parseKeyChanges({ undo: ["u"], unknown: ["k"], redo: "y", gate: [""], mask: [] })).toEqual({
      undo: ["u"],
      mask: [],
    });
    expect(parseKeyChanges(null)).toEqual({});
  });
});
