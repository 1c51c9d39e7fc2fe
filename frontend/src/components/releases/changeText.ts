import { count } from "@/state/format";
import type { CaseChange } from "@/state/releaseChanges";

const grade = (value: string | null) => value ?? "none";

/** What differs in one case, in words. */
export function changeText(row: CaseChange): string {
  if (row.kind === "added") return `into ${row.split ?? "the release"}`;
  if (row.kind === "removed") return `out of ${row.split_before ?? "the release"}`;
  const told = [
    row.voxels === null ? "voxels not counted yet" : row.voxels > 0 ? `${count(row.voxels, "voxel")}` : "",
    row.names_added.length > 0 ? `now with ${row.names_added.join(", ")}` : "",
    row.names_removed.length > 0 ? `no longer with ${row.names_removed.join(", ")}` : "",
    ...row.grades.map(({ level, before, after }) => `grade of ${level}: ${grade(before)} to ${grade(after)}`),
    row.split === row.split_before ? "" : `from ${row.split_before ?? ""} to ${row.split ?? ""}`,
  ];
  return told.filter((part) => part !== "").join("; ");
}
