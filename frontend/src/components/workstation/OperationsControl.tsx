import { Button, Group, NumberInput, Select, SimpleGrid, Slider, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import { PLANE_AXIS, PLANES, type Plane } from "@/domain/geometry";
import { nameOf } from "@/domain/labels";
import type { Operation } from "@/domain/operations";
import type { Viewer } from "@/viewer";
import type { PageState } from "./useViewerState";

const PLANE_NAMES: Readonly<Record<Plane, string>> = {
  sagittal: t("Sagittal slices"),
  coronal: t("Coronal slices"),
  axial: t("Axial slices"),
};
/** Below cement lies bone, up to cortical bone of young people; metal is far above. */
const THRESHOLD_HU = { min: 600, max: 3000, cement: 1200, metal: 2000 } as const;

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
}

interface AmountProps {
  readonly label: string;
  readonly value: number;
  readonly step: number;
  readonly min?: number;
  readonly onChange: (value: number) => void;
}

function Amount({ label, value, step, min = step, onChange }: AmountProps) {
  return (
    <NumberInput
      size="xs"
      w={112}
      label={label}
      min={min}
      step={step}
      value={value}
      onChange={(next) => typeof next === "number" && next >= min && onChange(next)}
    />
  );
}

/** Tools that work on whole vertebrae: the one in hand, or all that are not locked. Each is one step. */
export function OperationsControl({ viewer, state }: Props) {
  // Less than a voxel would grow nothing.
  const [mm, setMm] = useState(() => Math.max(1, Math.ceil(2 * Math.max(...viewer.geometry.spacingMm)) / 2));
  const [islandMm3, setIslandMm3] = useState(100);
  const [plane, setPlane] = useState<Plane>("axial");
  const label = state.activeLabel;
  const all = state.scope === "all";
  const name = all ? t("all vertebrae") : nameOf(label);
  const isOff =
    state.busy !== null ||
    (all
      ? state.levels.length === 0
      : !state.levels.some((level) => level.label === label) || state.locks.get(label) === "locked");
  const button = (text: string, operation: Operation, step: string, preview = false) => (
    <Button
      size="compact-sm"
      variant="default"
      disabled={isOff}
      onClick={() => void viewer.operate({ operation, name: step, scope: state.scope, preview })}
      data-testid={`do-${operation.kind}`}
    >
      {text}
    </Button>
  );
  return (
    <Stack gap={10}>
      <Group gap={6}>
        {button(t("Fill holes"), { kind: "fill-holes" }, t("Fill holes of {{name}}", { name }))}
        {button(t("Keep largest piece"), { kind: "keep-largest" }, t("Keep the largest piece of {{name}}", { name }))}
      </Group>
      <Group gap={6} align="end" wrap="nowrap">
        <Amount label={t("Distance (mm)")} value={mm} step={0.5} onChange={setMm} />
        <SimpleGrid cols={2} spacing={6} verticalSpacing={6} flex={1}>
          {button(t("Grow"), { kind: "grow", mm }, t("Grow {{name}} by {{mm}} mm", { name, mm }))}
          {button(t("Shrink"), { kind: "shrink", mm }, t("Shrink {{name}} by {{mm}} mm", { name, mm }))}
          {button(t("Smooth"), { kind: "smooth", sigmaMm: mm }, t("Smooth {{name}}, {{mm}} mm", { name, mm }), true)}
          {button(t("Median"), { kind: "median", mm }, t("Median of {{name}}, {{mm}} mm", { name, mm }), true)}
        </SimpleGrid>
      </Group>
      <Group gap={6} align="end">
        <Amount label={t("Less than (mm³)")} value={islandMm3} step={50} onChange={setIslandMm3} />
        {button(
          t("Remove islands"),
          { kind: "remove-small", minimumMm3: islandMm3 },
          t("Remove islands of {{name}} below {{islandMm3}} mm³", { name, islandMm3 }),
        )}
      </Group>
      <Group gap={6} align="end">
        <Select
          size="xs"
          w={140}
          label={t("Slices")}
          value={plane}
          allowDeselect={false}
          onChange={(value) => value && setPlane(value as Plane)}
          data={PLANES.map((value) => ({ value, label: PLANE_NAMES[value] }))}
        />
        {button(
          t("Interpolate"),
          { kind: "interpolate", axis: PLANE_AXIS[plane] },
          t("Interpolate {{name}} between {{plane}} slices", { name, plane }),
          true,
        )}
        <CopySlice viewer={viewer} plane={plane} isOff={isOff || all} />
      </Group>
      <ForeignMaterial viewer={viewer} state={state} name={name} isOff={isOff} />
    </Stack>
  );
}

/** The shape in the slice that is shown, given to the slice beside it. */
function CopySlice({
  viewer,
  plane,
  isOff,
}: {
  readonly viewer: Viewer;
  readonly plane: Plane;
  readonly isOff: boolean;
}) {
  return (
    <Group gap={6}>
      {([-1, 1] as const).map((step) => (
        <Button
          key={step}
          size="compact-sm"
          variant="default"
          disabled={isOff}
          onClick={() => void viewer.copySlice(plane, step)}
          data-testid={step > 0 ? "copy-next-slice" : "copy-previous-slice"}
        >
          {step > 0 ? t("Copy to next slice") : t("Copy to slice before")}
        </Button>
      ))}
    </Group>
  );
}

/** Metal and cement by density: what would go is shown while the threshold is moved. */
function ForeignMaterial({ viewer, state, name, isOff }: Props & { readonly name: string; readonly isOff: boolean }) {
  const [hu, setHu] = useState<number>(THRESHOLD_HU.metal);
  const show = (threshold: number): void => {
    setHu(threshold);
    void viewer.operate({
      operation: { kind: "exclude-above", hu: threshold },
      name: t("Leave {{threshold}} HU and more out of {{name}}", { threshold, name }),
      scope: state.scope,
      preview: true,
    });
  };
  return (
    <div>
      <Text size="xs" fw={500} c="dimmed" mb={4}>
        {t("Metal and cement: above {{hu}} HU", { hu })}
      </Text>
      <Slider
        min={THRESHOLD_HU.min}
        max={THRESHOLD_HU.max}
        step={50}
        value={hu}
        onChange={setHu}
        onChangeEnd={show}
        disabled={isOff}
        label={null}
        thumbLabel={t("Threshold for metal and cement")}
        marks={[
          { value: THRESHOLD_HU.cement, label: t("cement") },
          { value: THRESHOLD_HU.metal, label: t("metal") },
        ]}
        mb={22}
        styles={{ markLabel: { fontSize: 11 } }}
      />
      <Button
        size="compact-sm"
        variant="default"
        disabled={isOff}
        onClick={() => show(hu)}
        data-testid="do-exclude-above"
      >
        {t("Show what would go")}
      </Button>
    </div>
  );
}
