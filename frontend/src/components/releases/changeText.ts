import { t } from "@/i18n";
import { count } from "@/state/format";
import type { CaseChange } from "@/state/releaseChanges";

const grade = (value: string | null) => value ?? "none";

/** What differs in one case, in words. */
export function changeText(row: CaseChange): string {
  if (row.kind === "added") return t("into {{split}}", { split: row.split ?? "the release" });
  if (row.kind === "removed") return t("out of {{split_before}}", { split_before: row.split_before ?? "the release" });
  const told = [
    row.voxels === null ? t("voxels not counted yet") : row.voxels > 0 ? `${count(row.voxels, "voxel")}` : "",
    row.names_added.length > 0 ? t("now with {{names_added}}", { names_added: row.names_added.join(", ") }) : "",
    row.names_removed.length > 0
      ? t("no longer with {{names_removed}}", { names_removed: row.names_removed.join(", ") })
      : "",
    ...row.grades.map(({ level, before, after }) =>
      t("grade of {{level}}: {{before}} to {{after}}", { level, before: grade(before), after: grade(after) }),
    ),
    row.split === row.split_before
      ? ""
      : t("from {{split_before}} to {{split}}", { split_before: row.split_before ?? "", split: row.split ?? "" }),
  ];
  return told.filter((part) => part !== "").join("; ");
}
