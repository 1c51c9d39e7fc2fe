/** Five steps through the workstation, each beside what it is about. */

import { t } from "@/i18n";
import type { AssignmentDetail } from "@/api/assignments";
import type { ViewerState } from "@/viewer";

type Kind = AssignmentDetail["kind"];

export interface TourStep {
  readonly title: string;
  readonly text: string;
  /** A selector of what is meant; it is outlined. */
  readonly target: string;
  /** Whether somebody has done what the step speaks of; left out where there is nothing to try. */
  readonly isDone?: (before: TourSight, now: TourSight) => boolean;
}

/** What of the workstation the steps speak of. */
export interface TourSight {
  readonly level: number;
  /** Slice by plane, window and what is shown of the mask, as one word. */
  readonly pictures: string;
  readonly tool: string;
  /** Strokes and other edits so far. */
  readonly edits: number;
  readonly tab: string;
}

const PANELS: Readonly<Record<Kind, string>> = {
  correct: t(
    "Settings of the tool in hand, grades, checks of the mask and notes. The key g goes from painting to grading and back.",
  ),
  grade: t("Answer with the keys 0 to 3, then w, b or c for the type. The arrow keys go to the next vertebra."),
  adjudicate: t(
    "What the raters disagree about. The key n goes to the next spot; Shift with a rater's letter takes their vertebra, Shift + F the fused one.",
  ),
  review: t(
    "The grades that stand, and your decision. The key l ticks a vertebra as looked at; Checks lists warnings.",
  ),
};

/** @param canEdit whether the mask can be painted */
export function tourSteps(kind: Kind, canEdit: boolean): readonly TourStep[] {
  return [
    {
      title: t("Vertebrae"),
      text: t("Click one here or in the pictures below, or press the arrow keys up and down: all planes go there."),
      target: `nav[aria-label="${t("Vertebrae")}"]`,
      isDone: (before, now) => now.level > 0 && now.level !== before.level,
    },
    {
      title: t("Pictures"),
      text: t(
        "The wheel turns slices, with Ctrl it zooms; the middle button moves the picture. The key i changes the window, m hides the mask.",
      ),
      target: '[data-tour="pictures"]',
      isDone: (before, now) => now.level === before.level && now.pictures !== before.pictures,
    },
    {
      title: t("Tools"),
      text: canEdit
        ? t("1 and 2 are brushes, 3 erases, z undoes. Space goes back to the last tool, and ? lists all keys.")
        : t("The mask stays as it is here. Rulers measure distances and angles, and ? lists all keys."),
      target: `[role="toolbar"][aria-label="${t("Tools")}"]`,
      isDone: (before, now) => now.tool !== before.tool || now.edits !== before.edits,
    },
    {
      title: t("Panels"),
      text: PANELS[kind],
      target: `aside[aria-label="${t("Panels")}"]`,
      isDone: (before, now) => now.tab !== before.tab,
    },
    {
      title: t("The end"),
      text:
        kind === "review"
          ? t("Accept the case, or return it and name what is to be mended. What you do is saved as you go.")
          : t(
              "Everything is saved as you go; this line says so. Submit when you are done. The flag tells the manager where something is wrong.",
            ),
      target: kind === "review" ? '[data-testid="accept-case"]' : "header",
    },
  ];
}

/** What the account keeps once somebody has finished the tour, or left it. */
export const TOUR_OVER = "over";

/** Whether the tour is still to be shown. */
export function wantsTour(preferences: unknown): boolean {
  return typeof preferences !== "object" || preferences === null || !("tour" in preferences)
    ? true
    : preferences.tour !== TOUR_OVER;
}

/** What the tour watches of the viewer and the panels. */
export function sightOf(
  state: Pick<ViewerState, "activeLabel" | "crosshair" | "window" | "maskStyle" | "hidden" | "tool" | "applied">,
  tab: string,
): TourSight {
  const { activeLabel, crosshair, window, maskStyle, hidden, tool, applied } = state;
  const at = crosshair.map((value) => Math.round(value));
  const pictures = JSON.stringify([at, window, maskStyle, [...hidden]]);
  return { level: activeLabel, pictures, tool, edits: applied, tab };
}
