import {
  ActionIcon,
  Button,
  Collapse,
  Group,
  Loader,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Table,
  Text,
  Tooltip,
} from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { nameOf } from "@/domain/labels";
import { colourOfSource, OWN, type Comparing, type SpotOrder } from "./useComparing";
import styles from "./workstation.module.css";

const KINDS: Readonly<Record<string, string>> = { boundary: "border", naming: "name", missing: "not drawn by all" };

interface Props {
  readonly comparing: Comparing;
  readonly activeLabel: number;
  /** mm3 of one voxel. */
  readonly voxelMm3: number;
}

export function sourceName(key: string): string {
  if (key === OWN) return "My mask";
  return key === "fused" ? "Fused" : `Rater ${key}`;
}

/** The same within a sentence: "rater A". */
export function sourceInText(key: string): string {
  const name = sourceName(key);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Ways of looking at the raters' masks: spot after spot, outlines, entropy, side by side, and changes. */
export function ComparePanel({ comparing, activeLabel, voxelMm3 }: Props) {
  return (
    <Stack gap="xs" className={styles["rowItem"] ?? ""} data-testid="compare-panel">
      <SpotWalk comparing={comparing} />
      <Group gap={6} aria-label="Outlines" role="group">
        {comparing.keys.map((key) => (
          <Tooltip key={key} label={`Outline of ${key === "fused" ? "the fused mask" : `rater ${key}`}`}>
            <Button
              size="compact-xs"
              variant={comparing.shown.has(key) ? "filled" : "default"}
              color="petrol"
              aria-pressed={comparing.shown.has(key)}
              onClick={() => comparing.toggle(key)}
              leftSection={<span className={styles["planeDot"]} style={{ background: colourOfSource(key) }} />}
              data-testid={`outline-${key}`}
            >
              {key === "fused" ? "Fused" : key}
            </Button>
          </Tooltip>
        ))}
        {/* Its place is always there: what stands below must not move away from under the mouse. */}
        <span role="status">
          <Loader size={12} style={{ visibility: comparing.loading ? "visible" : "hidden" }} />
          {comparing.loading && <span className="visually-hidden">Loading masks</span>}
        </span>
      </Group>
      <Group gap="md">
        <Tooltip label="Where the votes are divided: yellow a little, red evenly">
          <Switch
            size="xs"
            label="Entropy"
            checked={comparing.heat}
            onChange={comparing.toggleHeat}
            data-testid="entropy"
          />
        </Tooltip>
        <Tooltip label="Each rater's mask in a picture of its own; they move together">
          <Switch
            size="xs"
            label="Side by side"
            checked={comparing.sideBySide}
            onChange={comparing.toggleSideBySide}
            data-testid="side-by-side"
          />
        </Tooltip>
      </Group>
      <Changes comparing={comparing} activeLabel={activeLabel} voxelMm3={voxelMm3} />
    </Stack>
  );
}

function SpotWalk({ comparing }: { readonly comparing: Comparing }) {
  const { spots, spotsTotal, spot, goToSpot, order, setOrder } = comparing;
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

function Changes({ comparing, activeLabel, voxelMm3 }: Props) {
  const [opened, setOpened] = useState(false);
  const [from, setFrom] = useState("fused");
  const [to, setTo] = useState(OWN);
  const versions = [...comparing.keys, OWN].map((key) => ({ value: key, label: sourceName(key) }));
  const ready = comparing.maskOf(from) !== undefined && comparing.maskOf(to) !== undefined;
  const { changes } = comparing;
  const toggle = (): void => {
    if (opened) comparing.hideChanges();
    else comparing.preview(null); // the masks are loaded from now on
    setOpened(!opened);
  };
  return (
    <>
      <Button size="compact-xs" variant="subtle" onClick={toggle} aria-expanded={opened} data-testid="changes">
        {opened ? "Hide what changed" : "What changed between two masks"}
      </Button>
      <Collapse expanded={opened}>
        <Stack gap={6}>
          <Group grow gap={6}>
            <Select
              size="xs"
              label="From"
              allowDeselect={false}
              data={versions}
              value={from}
              onChange={(value) => value && setFrom(value)}
            />
            <Select
              size="xs"
              label="To"
              allowDeselect={false}
              data={versions}
              value={to}
              onChange={(value) => value && setTo(value)}
            />
          </Group>
          <Group gap={6}>
            <Button
              size="compact-xs"
              variant="light"
              disabled={!ready || activeLabel === 0}
              onClick={() => comparing.showChanges(from, to, activeLabel)}
              data-testid="show-changes"
            >
              {activeLabel > 0 ? `Show on ${nameOf(activeLabel)}` : "Show"}
            </Button>
            <Button
              size="compact-xs"
              variant="default"
              disabled={!ready}
              onClick={() => comparing.showChanges(from, to, null)}
            >
              On all levels
            </Button>
          </Group>
          {changes !== null && (
            <>
              <Text size="xs" c="dimmed">
                Green: only in {sourceInText(changes.to)}. Red: only in {sourceInText(changes.from)}.
              </Text>
              {changes.rows.length === 0 ? (
                <Text size="sm">Nothing changed.</Text>
              ) : (
                <Table fz="xs" verticalSpacing={2} className="tabular" data-testid="changes-table">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Level</Table.Th>
                      <Table.Th ta="right">+ voxels</Table.Th>
                      <Table.Th ta="right">− voxels</Table.Th>
                      <Table.Th ta="right">ml</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {changes.rows.map((row) => (
                      <Table.Tr key={row.label}>
                        <Table.Td>{nameOf(row.label)}</Table.Td>
                        <Table.Td ta="right">{row.added}</Table.Td>
                        <Table.Td ta="right">{row.removed}</Table.Td>
                        <Table.Td ta="right">{(((row.after - row.before) * voxelMm3) / 1000).toFixed(2)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              )}
            </>
          )}
        </Stack>
      </Collapse>
    </>
  );
}
