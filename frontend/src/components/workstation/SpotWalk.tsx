import { ActionIcon, Group, SegmentedControl, Text, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { nameOf } from "@/domain/labels";
import type { SpotOrder, Spots } from "./useComparing";

const KINDS: Readonly<Record<string, string>> = { boundary: "border", naming: "name", missing: "not drawn by all" };

/** From one place where the raters differ to the next. */
export function SpotWalk({ walk }: { readonly walk: Spots }) {
  const { spots, spotsTotal, spot, goToSpot, order, setOrder } = walk;
  const at = spots[spot];
  if (spots.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        The raters&apos; masks do not differ anywhere.
      </Text>
    );
  }
  return (
    <>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" fw={600} className="tabular" data-testid="spot-position">
          Spot {spot + 1} of {spots.length}
        </Text>
        <Group gap={4} wrap="nowrap">
          <Tooltip label="Spot before (Shift + n)">
            <ActionIcon
              variant="default"
              size="sm"
              aria-label="Spot before"
              onClick={() => goToSpot(Math.max(spot, 0) - 1)}
            >
              <IconChevronLeft size={14} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Next spot (n)">
            <ActionIcon
              variant="default"
              size="sm"
              aria-label="Next spot"
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
          { value: "volume_mm3", label: "Largest first" },
          { value: "max_distance_mm", label: "Farthest first" },
        ]}
        aria-label="Order of spots"
      />
      <Text size="xs" c="dimmed" className="tabular" data-testid="spot-text">
        {at
          ? `${nameOf(at.label)}, ${KINDS[at.kind] ?? at.kind}: ${Math.round(at.volume_mm3)} mm³, ${at.max_distance_mm.toFixed(1)} mm`
          : "The keys n and Shift + n walk from spot to spot."}
      </Text>
      {spotsTotal > spots.length && (
        <Text size="xs" c="dimmed" className="tabular" data-testid="spots-left-out">
          The {spots.length} largest of {spotsTotal} spots are listed.
        </Text>
      )}
    </>
  );
}
