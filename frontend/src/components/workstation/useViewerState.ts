import { useSyncExternalStore } from "react";
import type { Viewer, ViewerState } from "@/viewer";

export function useViewerState(viewer: Viewer): ViewerState {
  return useSyncExternalStore(viewer.subscribe, viewer.getState);
}

const noSubscription = () => () => undefined;
const noState = () => null;

/** For what is there before the viewer is. */
export function useViewerStateOrNull(viewer: Viewer | null): ViewerState | null {
  return useSyncExternalStore<ViewerState | null>(viewer?.subscribe ?? noSubscription, viewer?.getState ?? noState);
}
