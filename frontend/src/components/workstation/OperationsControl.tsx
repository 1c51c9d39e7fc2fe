import { Accordion, Button, Group, NumberInput, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { PLANE_AXIS, PLANES, type Plane } from "@/domain/geometry";
import { nameOf } from "@/domain/labels";
import type { Operation } from "@/domain/operations";
import type { HuRange } from "@/domain/paintRule";
import type { ViewerState } from "@/viewer/types";
import type { Viewer } from "@/viewer/viewer";

const PLANE_NAMES: Readonly<Record<Plane, string>> = { sagittal: "Sagittal slices", coronal: "Coronal slices", axial: "Axial slices" };
/** Bone; above it lie cement and metal. */
const BONE_HU: HuRange = { min: 150, max: 2000 };

interface Props {
  readonly viewer: Viewer;
  readonly state: ViewerState;
}

interface AmountProps {
  readonly label: string;
  readonly value: number;
  readonly step: number;
  readonly min?: number;
  readonly onChange: (value: number) => void;
}

function Amount({ label, value, step, min = step, onChange }: AmountProps) {
  return <NumberInput size="xs" w={120} label={label} min={min} step={step} value={value} onChange={(next) => typeof next === "number" && next >= min && onChange(next)} />;
}

/** Tools that work on the vertebra in hand as a whole; each is one step that can be undone. */
export function OperationsControl({ viewer, state }: Props) {
  // Less than a voxel would grow nothing.
  const [mm, setMm] = useState(() => Math.max(1, Math.ceil(2 * Math.max(...viewer.geometry.spacingMm)) / 2));
  const [islandMm3, setIslandMm3] = useState(100);
  const [metalHu, setMetalHu] = useState(2000);
  const [reachMm, setReachMm] = useState(15);
  const [plane, setPlane] = useState<Plane>("axial");
  const label = state.activeLabel;
  const name = nameOf(label);
  const disabled = !state.levels.some((level) => level.label === label) || state.locks.get(label) === "locked";
  const range = state.gate.kind === "range" ? state.gate.range : BONE_HU;
  const button = (text: string, operation: Operation, step: string, off = disabled) => (
    <Button size="compact-sm" variant="default" disabled={off} onClick={() => viewer.operate(operation, step)} data-testid={`do-${operation.kind}`}>
      {text}
    </Button>
  );
  return (
    <Accordion variant="filled" chevronPosition="left" styles={{ control: { padding: "0 4px" }, label: { padding: "6px 0" }, content: { padding: "4px 4px 10px" } }}>
      <Accordion.Item value="whole">
        <Accordion.Control data-testid="whole-vertebra">
          <Text size="sm" fw={600}>
            {label > 0 ? `All of ${name}` : "The whole vertebra"}
          </Text>
        </Accordion.Control>
        <Accordion.Panel>
          <Stack gap={10}>
            <Group gap={6}>
              {button("Fill holes", { kind: "fill-holes" }, `Fill holes of ${name}`)}
              {button("Keep largest piece", { kind: "keep-largest" }, `Keep the largest piece of ${name}`)}
            </Group>
            <Group gap={6} align="end">
              <Amount label="By (mm)" value={mm} step={0.5} onChange={setMm} />
              {button("Grow", { kind: "grow", mm }, `Grow ${name} by ${mm} mm`)}
              {button("Shrink", { kind: "shrink", mm }, `Shrink ${name} by ${mm} mm`)}
              {button("Smooth", { kind: "smooth", sigmaMm: mm }, `Smooth ${name}, ${mm} mm`)}
            </Group>
            <Group gap={6} align="end">
              <Amount label="Below (mm³)" value={islandMm3} step={50} onChange={setIslandMm3} />
              {button("Remove islands", { kind: "remove-small", minimumMm3: islandMm3 }, `Remove islands of ${name} below ${islandMm3} mm³`)}
            </Group>
            <Group gap={6} align="end">
              <Amount label="Above (HU)" value={metalHu} step={100} onChange={setMetalHu} />
              {button("Leave out metal", { kind: "exclude-above", hu: metalHu }, `Leave ${metalHu} HU and more out of ${name}`)}
            </Group>
            <Group gap={6} align="end">
              <Select size="xs" w={140} label="Gaps between" value={plane} allowDeselect={false} onChange={(value) => value && setPlane(value as Plane)} data={PLANES.map((value) => ({ value, label: PLANE_NAMES[value] }))} />
              {button("Interpolate", { kind: "interpolate", axis: PLANE_AXIS[plane] }, `Interpolate ${name} between ${plane} slices`)}
            </Group>
            <Group gap={6} align="end">
              <Amount label="Within (mm)" value={reachMm} step={1} onChange={setReachMm} />
              {button("Grow from crosshair", { kind: "grow-from", seed: state.crosshair, range, reachMm }, `Grow ${name} from a click`, label === 0 || state.locks.get(label) === "locked")}
            </Group>
            <Text size="xs" c="dimmed">
              Growing from the crosshair follows {range.min} to {range.max} HU, the range of the density gate while that is on. Locked vertebrae stay as they are.
            </Text>
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
