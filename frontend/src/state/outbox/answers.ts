/** What the server answered to an act, put where the pages read it: it stays shown when it leaves the outbox. */

import type { QueryClient } from "@tanstack/react-query";
import type { CaseComment, LookedLevel, Measurement, Place, Ruler } from "@/api/assignments";
import type { Grading } from "@/domain/grading";
import { keys } from "@/state/keys";
import { isSamePlace } from "./acts";
import type { OnTaken } from "./outbox";

export const gradingsKey = (assignmentId: string) => ["assignment", assignmentId, "gradings"] as const;

export const placesKey = (assignmentId: string) => ["assignment", assignmentId, "places"] as const;

export const levelsLookedKey = (assignmentId: string) => ["assignment", assignmentId, "levels-looked"] as const;

export const rulersKey = (assignmentId: string) => ["assignment", assignmentId, "rulers"] as const;

/** Of one vertebra, whether this reader has answered for it or not. */
export const measurementKey = (assignmentId: string, label: number) =>
  ["assignment", assignmentId, "measurements", label] as const;

/** The list with one row replaced, or added at its end. */
function withRow<Row>(list: readonly Row[], row: Row, isSame: (other: Row) => boolean): Row[] {
  return list.some(isSame) ? list.map((other) => (isSame(other) ? row : other)) : [...list, row];
}

export function intoCache(client: QueryClient): OnTaken {
  return ({ assignmentId, act }, answer) => {
    switch (act.kind) {
      case "grade": {
        const row = answer as Grading;
        client.setQueryData<Grading[]>(
          gradingsKey(assignmentId),
          (list) => list && withRow(list, row, ({ label }) => label === row.label),
        );
        return;
      }
      case "rest":
        client.setQueryData(gradingsKey(assignmentId), answer as Grading[]);
        return;
      case "note":
      case "thread": {
        const row = answer as CaseComment;
        client.setQueryData<CaseComment[]>(
          keys.comments(assignmentId),
          (list) => list && withRow(list, row, ({ id }) => id === row.id),
        );
        return;
      }
      case "lines":
      case "region":
        client.setQueriesData({ queryKey: measurementKey(assignmentId, act.label) }, answer as Measurement);
        return;
      case "ruler": {
        const { id, ruler } = act;
        client.setQueryData<Ruler[]>(
          rulersKey(assignmentId),
          (list) =>
            list &&
            (ruler === null
              ? list.filter((other) => other.id !== id)
              : withRow(list, answer as Ruler, (other) => other.id === id)),
        );
        return;
      }
      case "looked":
        client.setQueryData<Place[]>(placesKey(assignmentId), (list) =>
          list?.map((place) => (isSamePlace(place, act.place) ? { ...place, looked: act.looked } : place)),
        );
        return;
      case "level-looked":
        client.setQueryData(levelsLookedKey(assignmentId), answer as LookedLevel[]);
        return;
      case "edit":
      case "choice":
      case "names":
      case "naming":
      case "decision":
      case "time":
        return;
    }
  };
}
