import { Badge, Tooltip } from "@mantine/core";
import { t } from "@/i18n";
import type { Series } from "@/api/types";

const SAID = {
  "": t("Same voxels as another series"),
  keep_out: t("Same scan"),
  keep_both: t("Same scan, both kept"),
  different: t("Same voxels, said to be two patients"),
} as const;

/** That the series has the same voxels as another one, and what a manager has said about it. */
export function SameScanBadge({ series }: { readonly series: Pick<Series, "same_scans"> }) {
  return series.same_scans.map(({ id, other, answer, came_second: second }) => (
    <Tooltip key={id} label={t("The voxels are those of {{other}}.", { other })}>
      <Badge size="sm" color={answer === "" ? "amber" : answer === "keep_out" && second ? "red" : "gray"} tabIndex={0}>
        {answer === "keep_out" && second ? t("Same scan, kept out") : SAID[answer]}
      </Badge>
    </Tooltip>
  ));
}
