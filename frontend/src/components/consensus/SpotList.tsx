import { Badge, Button, Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { IconFocus2 } from "@tabler/icons-react";
import { useState } from "react";
import type { Spot } from "@/api/types";
import { ButtonLink } from "@/components/common/links";
import { LookLink } from "@/components/viewing/LookLink";
import { nameOf } from "@/domain/labels";
import { formatNumber } from "@/state/format";

const SHOWN = 60;
type Order = "volume_mm3" | "max_distance_mm";

const KIND_NAMES: Readonly<Record<string, string>> = {
  boundary: "boundary",
  naming: "name",
  missing: "not drawn by all",
};

interface SpotListProps {
  readonly spots: readonly Spot[];
  /** How many there are; `spots` has the largest of them. */
  readonly total: number;
  readonly caseId: string;
  /** The user's own task on this case, in which a spot can be decided. */
  readonly assignmentId: string | null;
}

/** Where the raters differ, largest first. */
export function SpotList({ spots, total, caseId, assignmentId }: SpotListProps) {
  const [order, setOrder] = useState<Order>("volume_mm3");
  const [shown, setShown] = useState(SHOWN);
  if (spots.length === 0) return <Text c="dimmed">The raters&apos; masks do not differ.</Text>;
  const sorted = [...spots].sort((a, b) => b[order] - a[order]);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {total > spots.length ? `The ${spots.length} largest of ${total} spots` : `${spots.length} spots`}
        </Text>
        <SegmentedControl
          size="xs"
          value={order}
          onChange={(value) => setOrder(value as Order)}
          data={[
            { value: "volume_mm3", label: "By volume" },
            { value: "max_distance_mm", label: "By distance" },
          ]}
          aria-label="Order of spots"
        />
      </Group>
      <Table.ScrollContainer minWidth={420} mah={460}>
        <Table verticalSpacing={5} stickyHeader className="tabular" data-testid="spots">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Vertebra</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th ta="right">mm³</Table.Th>
              <Table.Th ta="right">mm apart</Table.Th>
              <Table.Th>Voxel</Table.Th>
              <Table.Th>
                <span className="visually-hidden">Open</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sorted.slice(0, shown).map((spot) => (
              <Table.Tr key={spot.id}>
                <Table.Td fw={600}>{nameOf(spot.label)}</Table.Td>
                <Table.Td>
                  <Badge color={spot.kind === "boundary" ? "gray" : "amber"}>
                    {KIND_NAMES[spot.kind] ?? spot.kind}
                  </Badge>
                </Table.Td>
                <Table.Td ta="right">{formatNumber(spot.volume_mm3)}</Table.Td>
                <Table.Td ta="right">{formatNumber(spot.max_distance_mm, 1)}</Table.Td>
                <Table.Td c="dimmed">{spot.voxel.join(", ")}</Table.Td>
                <Table.Td ta="right">
                  {assignmentId === null ? (
                    <LookLink
                      caseId={caseId}
                      place={{ voxel: spot.voxel.join(","), label: spot.label }}
                      label={`Look at ${nameOf(spot.label)}, ${formatNumber(spot.volume_mm3)} cubic millimetres`}
                    />
                  ) : (
                    <ButtonLink
                      to="/assignments/$id"
                      params={{ id: assignmentId }}
                      search={{ voxel: spot.voxel.join(","), label: spot.label }}
                      size="compact-xs"
                      variant="subtle"
                      leftSection={<IconFocus2 size={13} />}
                      aria-label={`Look at ${nameOf(spot.label)}, ${formatNumber(spot.volume_mm3)} cubic millimetres`}
                    >
                      Look
                    </ButtonLink>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {spots.length > shown && (
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {shown} of {spots.length} are shown.
          </Text>
          <Button size="compact-sm" variant="subtle" onClick={() => setShown(shown + SHOWN)}>
            Show more
          </Button>
        </Group>
      )}
    </Stack>
  );
}
