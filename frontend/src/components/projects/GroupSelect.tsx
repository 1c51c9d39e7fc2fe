import { Select, type SelectProps } from "@mantine/core";
import { t } from "@/i18n";
import type { GroupChoice } from "@/state/groups";

interface GroupSelectProps extends Omit<SelectProps, "data" | "value" | "onChange"> {
  readonly choice: Pick<GroupChoice, "groups" | "id" | "choose">;
}

/** One of the project's groups of people, or none; nothing where there are no groups. */
export function GroupSelect({ choice: { groups, id, choose }, ...others }: GroupSelectProps) {
  if (groups.length === 0) return null;
  return (
    <Select
      placeholder={t("Everybody")}
      clearable
      searchable={groups.length > 8}
      data={groups.map((group) => ({ value: group.id, label: group.name }))}
      value={id}
      onChange={choose}
      {...others}
    />
  );
}

/** Shows those of a list who are in one group. */
export function GroupFilter({ choice }: Pick<GroupSelectProps, "choice">) {
  return <GroupSelect choice={choice} size="xs" w={200} aria-label={t("Group")} data-testid="group-filter" />;
}
