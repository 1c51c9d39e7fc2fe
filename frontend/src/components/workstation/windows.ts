/** Windows to choose from: those that ship, then those that the reader has named. */

import { t } from "@/i18n";
import type { NamedWindow } from "@/state/ownWindows";
import { WINDOW_PRESETS, type WindowPreset } from "@/viewer";

const SHIPPED_NAMES: Readonly<Record<WindowPreset, string>> = {
  bone: t("Bone"),
  soft: t("Soft tissue"),
  metal: t("Metal"),
};

export const SHIPPED_WINDOWS: readonly NamedWindow[] = (Object.keys(WINDOW_PRESETS) as WindowPreset[]).map((key) => ({
  name: SHIPPED_NAMES[key],
  ...WINDOW_PRESETS[key],
}));

type Window = Pick<NamedWindow, "centre" | "width">;

/** Whether they look the same: drags leave fractions of a HU. */
export function isSameWindow(one: Window, other: Window): boolean {
  return Math.round(one.centre) === Math.round(other.centre) && Math.round(one.width) === Math.round(other.width);
}

/** The one after the present one; the first where it is none of them. */
export function nextWindow(now: Window, own: readonly NamedWindow[]): NamedWindow {
  const all = [...SHIPPED_WINDOWS, ...own];
  const at = all.findIndex((window) => isSameWindow(window, now));
  return all[(at + 1) % all.length] ?? { name: "", centre: now.centre, width: now.width };
}

/** A window whose lower or upper limit was moved; the other limit stays, and they keep some HU apart. */
export function withLimit({ centre, width }: Window, limit: "low" | "high", hu: number, apartHu = 10): Window {
  const [low, high] = [centre - width / 2, centre + width / 2];
  const next = limit === "low" ? [Math.min(hu, high - apartHu), high] : [low, Math.max(hu, low + apartHu)];
  const [from = low, to = high] = next;
  return { centre: (from + to) / 2, width: to - from };
}
