import { useSyncExternalStore } from "react";
import type { Vec3 } from "@/domain/geometry";
import type { Viewer, ViewerState } from "@/viewer";

/** What the page around the planes shows. Where the planes look, who acts asks the viewer at that moment. */
export type PageState = Omit<ViewerState, "crosshair">;

type Source = Pick<Viewer, "subscribe" | "getState">;

const shown = new WeakMap<Source["getState"], ViewerState>();

function isSamePage(before: ViewerState, now: ViewerState): boolean {
  const parts = Object.keys(now) as (keyof ViewerState)[];
  return parts.every((part) => part === "crosshair" || before[part] === now[part]);
}

/**
 * The same snapshot as long as nothing but the crosshair has moved: a step of the wheel would draw the whole page anew,
 * before the planes have their turn.
 */
function pageState({ getState }: Source): PageState {
  const [before, now] = [shown.get(getState), getState()];
  if (before && isSamePage(before, now)) return before;
  shown.set(getState, now);
  return now;
}

export function useViewerState(viewer: Source): PageState {
  return useSyncExternalStore(viewer.subscribe, () => pageState(viewer));
}

export function useCrosshair(viewer: Source): Vec3 {
  return useSyncExternalStore(viewer.subscribe, () => viewer.getState().crosshair);
}

const noSubscription = () => () => undefined;

/** For what is there before the viewer is. */
export function useViewerStateOrNull(viewer: Source | null): PageState | null {
  return useSyncExternalStore(viewer?.subscribe ?? noSubscription, () => viewer && pageState(viewer));
}
