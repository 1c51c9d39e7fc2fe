/** What the account keeps of somebody's first hour: lists put away, and what nothing else on the server tells. */

import { useQueryClient } from "@tanstack/react-query";
import { useUpdateMe } from "./account";
import { keys } from "./keys";
import { useMe } from "./session";

type Note = "away" | "looked" | "checked";
type Notes = Readonly<Record<Note, readonly string[]>>;

/** As the server reads them, too (`backend/home/first_hour.py`); what is not of this form counts as nothing. */
function notesOf(preferences: unknown): Notes {
  const kept = fieldOf(preferences, "first_hour");
  const slugs = (name: Note): string[] => {
    const list = fieldOf(kept, name);
    return Array.isArray(list) ? list.filter((slug) => typeof slug === "string") : [];
  };
  return { away: slugs("away"), looked: slugs("looked"), checked: slugs("checked") };
}

function fieldOf(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null ? (of as Readonly<Record<string, unknown>>)[name] : undefined;
}

interface FirstHourNotes {
  readonly has: (note: Note, slug: string) => boolean;
  /** Nothing where it is noted already. */
  readonly add: (note: Note, slug: string) => void;
  readonly remove: (note: Note, slug: string) => void;
}

export function useFirstHourNotes(): FirstHourNotes {
  const { preferences } = useMe();
  const { mutate } = useUpdateMe();
  const queries = useQueryClient();
  const notes = notesOf(preferences);
  const keep = (note: Note, slugs: readonly string[]) => {
    mutate(
      { preferences: { first_hour: { ...notes, [note]: slugs } } },
      { onSuccess: () => void queries.invalidateQueries({ queryKey: keys.myWork }) },
    );
  };
  return {
    has: (note, slug) => notes[note].includes(slug),
    add: (note, slug) => {
      if (!notes[note].includes(slug)) keep(note, [...notes[note], slug]);
    },
    remove: (note, slug) => {
      keep(
        note,
        notes[note].filter((noted) => noted !== slug),
      );
    },
  };
}
