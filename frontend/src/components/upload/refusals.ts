/** Files that were kept apart, brought together where one thing was wrong with all of them. */

import type { Quarantined } from "@/api/types";

export type Refused = Pick<
  Quarantined,
  "id" | "name" | "relative_path" | "reason" | "advice" | "reason_code" | "size_bytes"
>;

export interface RefusalGroup<T extends Refused> {
  readonly key: string;
  readonly reasonCode: string;
  /** The reason in words where it is the same for all, else that of the first file. */
  readonly reason: string;
  /** What to do about it; empty where there is nothing more to say. */
  readonly advice: string;
  readonly alike: boolean;
  /** Never empty. */
  readonly files: readonly [T, ...T[]];
}

/** One group for each batch and kind of reason, in the order in which they first appear. */
export function groupRefusals<T extends Refused & { readonly batch_id?: string }>(
  files: readonly T[],
): RefusalGroup<T>[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const file of files) {
    const key = `${file.batch_id ?? ""} ${file.reason_code}`;
    const known = groups.get(key);
    if (known) known.push(file);
    else groups.set(key, [file]);
  }
  return [...groups].map(([key, members]) => {
    const { reason, advice, reason_code: reasonCode } = members[0];
    return {
      key,
      reasonCode,
      reason,
      advice,
      alike: members.every((member) => member.reason === reason),
      files: members,
    };
  });
}

export const shownName = (file: Refused): string => file.relative_path || file.name;
