import { Badge, Tooltip } from "@mantine/core";
import type { Series } from "@/api/types";

const SAID = {
  "": "Same voxels as another series",
  keep_out: "Same scan",
  keep_both: "Same scan, both kept",
  different: "Same voxels, said to be two patients",
} as const;

/** That the series has the same voxels as another one, and what a manager has said about it. */
export function SameScanBadge({ series }: { readonly series: Pick<Series, "same_scans"> }) {
  return series.same_scans.map(({ id, other, answer, came_second: second }) => (
    <Tooltip key={id} label={`The voxels are those of ${other}.`}>
      <Badge size="sm" color={answer === "" ? "amber" : answer === "keep_out" && second ? "red" : "gray"} tabIndex={0}>
        {answer === "keep_out" && second ? "Same scan, kept out" : SAID[answer]}
      </Badge>
    </Tooltip>
  ));
}
