import { useState } from "react";

/** Whether the picture that a vertebra is graded by lies large over the panes, and where. */
export interface LargePicture {
  readonly isLarge: boolean;
  readonly toggle: () => void;
  /** Over the panes; null until they are there. */
  readonly place: HTMLElement | null;
}

export function useLargePicture(place: HTMLElement | null): LargePicture {
  const [isLarge, setLarge] = useState(false);
  return { isLarge, toggle: () => setLarge((large) => !large), place };
}
