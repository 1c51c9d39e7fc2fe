/** Whether work can be handed in without a word: nothing is missing, and nothing is pointed out. */

/** Under which what somebody writes for a hand-in is kept in this browser. */
export function handInKey(assignmentId: string): string {
  return `vertebase-hand-in-${assignmentId}`;
}

/** Whether somebody has begun to write a comment or a reason. */
export function hasWords(assignmentId: string): boolean {
  return localStorage.getItem(handInKey(assignmentId)) !== null;
}

export interface BeforeHandIn {
  readonly missing: readonly unknown[];
  readonly undecided: readonly number[];
  readonly namesOpen: boolean;
  readonly unticked: readonly number[];
  readonly neverInView: readonly number[];
  /** What the checks say; undefined while they run. */
  readonly findings: readonly unknown[] | undefined;
  /** They are from before the last edit. */
  readonly checking: boolean;
  readonly unsavedGradings: number;
}

/** False where the dialog has something to say or to ask. */
export function isClear(before: BeforeHandIn): boolean {
  const { missing, undecided, unticked, neverInView, findings } = before;
  const lists = [missing, undecided, unticked, neverInView, findings];
  return (
    lists.every((list) => list?.length === 0) && !before.namesOpen && !before.checking && before.unsavedGradings === 0
  );
}
