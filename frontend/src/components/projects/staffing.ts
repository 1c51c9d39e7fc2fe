/** Who does what in a protocol, and how many people it needs before its cases can come to their end. */

import { answered, t } from "@/i18n";
import type { PeopleGroup, ProtocolStage, Role } from "@/api/types";
import { roleWord } from "@/components/common/badges";

type Duty = Pick<ProtocolStage, "kind" | "overlap" | "roles" | "grade" | "method">;

/** Who does a stage, and what comes of it. */
export function duty({ kind, overlap, roles, grade, method }: Duty): string {
  if (kind === "fuse") return t("by rule: {{method}}", { method: answered(method) });
  const who = roles.map((role) => roleWord(role, overlap)).join(t(" or "));
  const people = overlap > 1 ? t("{{overlap}} {{who}}, blinded", { overlap, who }) : who;
  if (kind === "grade") return t("{{people}}; grades", { people });
  return grade ? t("{{people}}; mask and grades", { people }) : people;
}

export interface Need {
  readonly roles: readonly Role[];
  readonly count: number;
  /** Id of the group that they have to be of; null where everybody with the role may do it. */
  readonly group: string | null;
}

type Stages = readonly (Pick<ProtocolStage, "kind" | "overlap" | "roles"> & Partial<Pick<ProtocolStage, "group">>)[];

/**
 * The fewest people of each kind.
 *
 * Who corrected or graded a case never judges it, and who adjudicated it does not review it: of those who share
 * roles and group, the widest stage of work and one person for each stage of judging must all be different people.
 */
export function peopleNeeded(stages: Stages): Need[] {
  const work = new Map<string, number>();
  const judges = new Map<string, number>();
  for (const { kind, overlap, roles, group } of stages) {
    const key = `${[...roles].sort().join()}|${group ?? ""}`;
    if (kind === "correct" || kind === "grade") work.set(key, Math.max(work.get(key) ?? 0, overlap));
    else if (kind !== "fuse") judges.set(key, (judges.get(key) ?? 0) + 1);
  }
  return [...new Set([...work.keys(), ...judges.keys()])]
    .map((key) => {
      const [roles = "", group = ""] = key.split("|");
      const count = (work.get(key) ?? 0) + (judges.get(key) ?? 0);
      return { roles: roles.split(",") as Role[], count, group: group === "" ? null : group };
    })
    .filter(({ roles }) => roles.join() !== "");
}

/** "4 radiologists", "1 rater or radiologist". */
export function needText({ roles, count }: Pick<Need, "roles" | "count">): string {
  const names = roles.map((role) => roleWord(role, count));
  return `${count} ${names.join(t(" or "))}`;
}

interface Person {
  readonly user: { readonly id: string };
  readonly role: Role;
  readonly active: boolean;
}

/** What is missing, a sentence for each need that the members do not fill. */
export function staffingGaps(
  stages: Stages,
  members: readonly Person[],
  groups: readonly Pick<PeopleGroup, "id" | "name" | "user_ids">[] = [],
): string[] {
  return peopleNeeded(stages).flatMap((need) => {
    const group = groups.find(({ id }) => id === need.group);
    if (need.group !== null && group === undefined) return []; // not known yet
    const fitting = members.filter(
      ({ role, active, user }) =>
        active && need.roles.includes(role) && (group === undefined || group.user_ids.includes(user.id)),
    );
    const here = new Set(fitting.map(({ user }) => user.id)).size;
    if (here >= need.count) return [];
    const words = { need: needText(need), here: here === 1 ? t("is") : t("are"), here2: here };
    return [
      group === undefined
        ? t("The protocol needs {{need}}; there {{here}} {{here2}}.", words)
        : t("The protocol needs {{need}} of the group {{group}}; there {{here}} {{here2}}.", {
            ...words,
            group: group.name,
          }),
    ];
  });
}
