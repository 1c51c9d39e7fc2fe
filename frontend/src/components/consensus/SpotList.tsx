import { Badge, Button, Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { IconFocus2 } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import type { Spot } from "@/api/types";
import { ButtonLink } from "@/components/common/links";
import { LookLink } from "@/components/viewing/LookLink";
import { nameOf } from "@/domain/labels";
import { formatNumber } from "@/state/format";

const SHOWN = 60;
type Order = "volume_mm3" | "max_distance_mm";

const KIND_NAMES: Readonly<Record<string, string>> = {
  boundary: t("boundary"),
  naming: t("name"),
  missing: t("not drawn by all"),
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
  if (spots.length === 0) return <Text c="dimmed">{t("The raters' masks do not differ.")}</Text>;
  const sorted = [...spots].sort((a, b) => b[order] - a[order]);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {total > spots.length
            ? t("The {{spots}} largest of {{total}} spots", { spots: spots.length, total })
            : t("{{spots}} spots", { spots: spots.length })}
        </Text>
        <SegmentedControl
          size="xs"
          value={order}
          onChange={(value) => setOrder(value as Order)}
          data={[
            { value: "volume_mm3", label: t("By volume") },
            { value: "max_distance_mm", label: t("By distance") },
          ]}
          aria-label={t("Order of spots")}
        />
      </Group>
      <Table.ScrollContainer minWidth={420} mah={460}>
        <Table verticalSpacing={5} stickyHeader className="tabular" data-testid="spots">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Vertebra")}</Table.Th>
              <Table.Th>{t("What")}</Table.Th>
              <Table.Th ta="right">mm³</Table.Th>
              <Table.Th ta="right">{t("mm apart")}</Table.Th>
              <Table.Th>{t("Voxel")}</Table.Th>
              <Table.Th>
                <span className="visually-hidden">{t("Open it")}</span>
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
                      label={t("Look at {{label}}, {{volume_mm3}} cubic millimetres", {
                        label: nameOf(spot.label),
                        volume_mm3: formatNumber(spot.volume_mm3),
                      })}
                    />
                  ) : (
                    <ButtonLink
                      to="/assignments/$id"
                      params={{ id: assignmentId }}
                      search={{ voxel: spot.voxel.join(","), label: spot.label }}
                      size="compact-xs"
                      variant="subtle"
                      leftSection={<IconFocus2 size={13} />}
                      aria-label={t("Look at {{label}}, {{volume_mm3}} cubic millimetres", {
                        label: nameOf(spot.label),
                        volume_mm3: formatNumber(spot.volume_mm3),
                      })}
                    >
                      {t("Look")}
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
            {t("{{shown}} of {{spots}} are shown.", { shown, spots: spots.length })}
          </Text>
          <Button size="compact-sm" variant="subtle" onClick={() => setShown(shown + SHOWN)}>
            {t("Show more")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
