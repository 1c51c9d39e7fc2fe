import { ActionIcon, Group, SegmentedControl, Text, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { decimal, t } from "@/i18n";
import { nameOf } from "@/domain/labels";
import type { SpotOrder, Spots } from "./useComparing";

const KINDS: Readonly<Record<string, string>> = {
  boundary: t("border"),
  naming: t("name"),
  missing: t("not drawn by all"),
};

/** From one place where the raters differ to the next. */
export function SpotWalk({ walk }: { readonly walk: Spots }) {
  const { spots, spotsTotal, spot, goToSpot, order, setOrder } = walk;
  const at = spots[spot];
  if (spots.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("The raters' masks do not differ anywhere.")}
      </Text>
    );
  }
  return (
    <>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" fw={600} className="tabular" data-testid="spot-position">
          {t("Spot {{spot}} of {{spots}}", { spot: spot + 1, spots: spots.length })}
        </Text>
        <Group gap={4} wrap="nowrap">
          <Tooltip label={t("Spot before (Shift + n)")}>
            <ActionIcon
              variant="default"
              size="sm"
              aria-label={t("Spot before")}
              onClick={() => goToSpot(Math.max(spot, 0) - 1)}
            >
              <IconChevronLeft size={14} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t("Next spot (n)")}>
            <ActionIcon
              variant="default"
              size="sm"
              aria-label={t("Next spot")}
              onClick={() => goToSpot(spot + 1)}
              data-testid="next-spot"
            >
              <IconChevronRight size={14} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      <SegmentedControl
        size="xs"
        value={order}
        onChange={(value) => setOrder(value as SpotOrder)}
        data={[
          { value: "volume_mm3", label: t("Largest first") },
          { value: "max_distance_mm", label: t("Farthest first") },
        ]}
        aria-label={t("Order of spots")}
      />
      <Text size="xs" c="dimmed" className="tabular" data-testid="spot-text">
        {at
          ? t("{{label}}, {{kind}}: {{volume_mm3}} mm³, {{max_distance_mm}} mm", {
              label: nameOf(at.label),
              kind: KINDS[at.kind] ?? at.kind,
              volume_mm3: Math.round(at.volume_mm3),
              max_distance_mm: decimal(at.max_distance_mm.toFixed(1)),
            })
          : t("The keys n and Shift + n walk from spot to spot.")}
      </Text>
      {spotsTotal > spots.length && (
        <Text size="xs" c="dimmed" className="tabular" data-testid="spots-left-out">
          {t("The {{spots}} largest of {{spotsTotal}} spots are listed.", { spots: spots.length, spotsTotal })}
        </Text>
      )}
    </>
  );
}
