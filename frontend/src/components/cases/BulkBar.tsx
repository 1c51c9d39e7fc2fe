import { t } from "@/i18n";
import { Button, Group, Menu, Paper, Text } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowsShuffle,
  IconBan,
  IconCalendarDue,
  IconChevronDown,
  IconCornerUpLeft,
  IconFlag,
  IconTag,
  IconTagOff,
  IconUserPlus,
  IconUsers,
  IconX,
} from "@tabler/icons-react";
import { useState } from "react";
import { formatNumber } from "@/state/format";
import { BulkModal } from "./BulkModal";
import type { Act } from "./bulkWords";

interface BulkBarProps {
  readonly slug: string;
  readonly caseIds: readonly string[];
  readonly onSelect: (ids: readonly string[]) => void;
}

/** What a manager can do with all selected cases at once. Each act asks first and says what became of each case. */
export function BulkBar({ slug, caseIds, onSelect }: BulkBarProps) {
  const [action, setAction] = useState<Act | null>(null);
  if (caseIds.length === 0) return null;
  return (
    <Paper withBorder p="xs" radius="md" mb="sm" role="region" aria-label={t("Selected cases")} data-testid="bulk-bar">
      <Group justify="space-between">
        <Text size="sm" fw={600} pl="xs">
          {t("{{caseIds}} selected", { caseIds: formatNumber(caseIds.length) })}
        </Text>
        <Group gap="xs">
          <Button
            size="xs"
            leftSection={<IconArrowsShuffle size={14} />}
            onClick={() => setAction("distribute")}
            data-testid="bulk-distribute"
          >
            {t("Spread over the raters")}
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconUserPlus size={14} />}
            onClick={() => setAction("give")}
            data-testid="bulk-give"
          >
            {t("Give to…")}
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} />}>
                {t("More")}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconFlag size={14} />} onClick={() => setAction("prioritise")}>
                {t("Change the priority")}
              </Menu.Item>
              <Menu.Item leftSection={<IconCalendarDue size={14} />} onClick={() => setAction("due")}>
                {t("Set the due date")}
              </Menu.Item>
              <Menu.Item leftSection={<IconTag size={14} />} onClick={() => setAction("tag")}>
                {t("Tag…")}
              </Menu.Item>
              <Menu.Item leftSection={<IconTagOff size={14} />} onClick={() => setAction("untag")}>
                {t("Take tags off…")}
              </Menu.Item>
              <Menu.Item leftSection={<IconUsers size={14} />} onClick={() => setAction("reassign")}>
                {t("Reassign…")}
              </Menu.Item>
              <Menu.Item leftSection={<IconCornerUpLeft size={14} />} onClick={() => setAction("return")}>
                {t("Return…")}
              </Menu.Item>
              <Menu.Item color="red" leftSection={<IconX size={14} />} onClick={() => setAction("take_back")}>
                {t("Take back unfinished work")}
              </Menu.Item>
              <Menu.Item color="red" leftSection={<IconBan size={14} />} onClick={() => setAction("exclude")}>
                {t("Exclude for good")}
              </Menu.Item>
              <Menu.Item leftSection={<IconArrowBackUp size={14} />} onClick={() => setAction("put_back")}>
                {t("Put back what is excluded")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button size="xs" variant="subtle" onClick={() => onSelect([])}>
            {t("Clear selection")}
          </Button>
        </Group>
      </Group>
      <BulkModal slug={slug} caseIds={caseIds} action={action} onClose={() => setAction(null)} onDone={onSelect} />
    </Paper>
  );
}
