import type { ReactNode } from "react";
import type { Place } from "./place";

/** What a page tells the room. */
export interface LookRoomProps {
  readonly place: Place;
  readonly onPlace: (place: Place) => void;
  /** Links of the page that the room belongs to. */
  readonly links?: ReactNode;
  /** Where the arrow back leads; with `returns` to the page that led here, and there only where none did. */
  readonly back: { readonly to: string; readonly label: string; readonly returns?: boolean };
}
