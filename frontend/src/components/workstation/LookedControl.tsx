import { Button, Checkbox, Group, Stack, Text, Tooltip } from "@mantine/core";
import { t } from "@/i18n";
import { nameOf } from "@/domain/labels";
import type { Expert } from "./useExpert";

interface Props {
  readonly expert: Expert;
  readonly activeLabel: number;
  readonly readOnly: boolean;
  readonly onGo: (label: number) => void;
}

/** Ticks the vertebra in hand as looked at, says how many are, and leads to the next that is not. */
export function LookedControl({ expert, activeLabel, readOnly, onGo }: Props) {
  const { looked } = expert;
  if (looked === undefined) return null;
  const active = looked.find(({ label }) => label === activeLabel);
  const done = looked.filter((row) => row.looked).length;
  return (
    <Stack gap={4} data-testid="looked">
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" fw={600} className="tabular" role="status" data-testid="looked-count">
          {t("{{done}} of {{looked}} looked at", { done, looked: looked.length })}
        </Text>
        <Tooltip label={t("Next vertebra without a tick (Shift + l)")}>
          <Button
            size="compact-xs"
            variant="light"
            disabled={done === looked.length}
            onClick={() => expert.next(activeLabel, onGo)}
            data-testid="next-unlooked"
          >
            {t("Next without a tick")}
          </Button>
        </Tooltip>
      </Group>
      {active && (
        <Checkbox
          size="xs"
          label={t("{{activeLabel}} looked at (key l)", { activeLabel: nameOf(activeLabel) })}
          checked={active.looked}
          disabled={readOnly}
          onChange={() => expert.tick(activeLabel)}
          data-testid="tick-level"
        />
      )}
      {active?.changed && (
        <Text size="xs" c="dimmed">
          {t("{{activeLabel}} has changed since you ticked it.", { activeLabel: nameOf(activeLabel) })}
        </Text>
      )}
      {active?.looked && active.before && (
        <Text size="xs" c="dimmed">
          {t("Ticked in the round before, and not changed since.")}
        </Text>
      )}
    </Stack>
  );
}
