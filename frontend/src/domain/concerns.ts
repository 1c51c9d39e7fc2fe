/** Why somebody turns to the manager about a task. */

export const CONCERNS = ["wrong_region", "discuss", "not_for_me", "other"] as const;
export type ConcernKind = (typeof CONCERNS)[number];

export const CONCERN_NAMES: Readonly<Record<ConcernKind, string>> = {
  wrong_region: "Wrong region",
  discuss: "Needs discussion",
  not_for_me: "Not for me",
  other: "Something else",
};

export function concernName(concern: string): string {
  const kind = CONCERNS.find((known) => known === concern);
  return kind === undefined ? "Something else" : CONCERN_NAMES[kind];
}
