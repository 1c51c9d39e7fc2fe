/** Windows that a person has named, kept with the account. */

import { useState } from "react";

/** HU. */
export interface NamedWindow {
  readonly name: string;
  readonly centre: number;
  readonly width: number;
}

export const MOST_WINDOWS = 12;
export const LONGEST_NAME = 24;

function isNamedWindow(kept: unknown): kept is NamedWindow {
  if (typeof kept !== "object" || kept === null) return false;
  const { name, centre, width } = kept as Readonly<Record<string, unknown>>;
  return (
    typeof name === "string" &&
    name.trim() !== "" &&
    name.length <= LONGEST_NAME &&
    Number.isFinite(centre) &&
    Number.isFinite(width) &&
    Number(width) > 0
  );
}

/** What the account holds, as far as it makes sense. */
export function parseWindows(kept: unknown): readonly NamedWindow[] {
  if (!Array.isArray(kept)) return [];
  return kept
    .filter(isNamedWindow)
    .slice(0, MOST_WINDOWS)
    .map(({ name, centre, width }) => ({ name, centre, width }));
}

/** The list with one more; one of the same name is replaced where it stands. */
export function withWindow(list: readonly NamedWindow[], window: NamedWindow): readonly NamedWindow[] {
  const named = { ...window, name: window.name.trim() };
  const same = (other: NamedWindow): boolean => other.name.toLowerCase() === named.name.toLowerCase();
  if (list.some(same)) return list.map((other) => (same(other) ? named : other));
  return [...list, named].slice(-MOST_WINDOWS);
}

export interface OwnWindows {
  readonly list: readonly NamedWindow[];
  readonly save: (window: NamedWindow) => void;
  readonly remove: (name: string) => void;
}

/** @param first as the account has them; each change of the list is handed to `keep` */
export function useOwnWindows(
  first: readonly NamedWindow[],
  keep: (windows: readonly NamedWindow[]) => void,
): OwnWindows {
  const [list, setList] = useState(first);
  const change = (next: readonly NamedWindow[]): void => {
    setList(next);
    keep(next);
  };
  return {
    list,
    save: (window) => change(withWindow(list, window)),
    remove: (name) => change(list.filter((window) => window.name !== name)),
  };
}
