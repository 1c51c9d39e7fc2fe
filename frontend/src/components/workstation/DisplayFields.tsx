import { Group, SegmentedControl, Slider, Stack, Switch, Text } from "@mantine/core";
import { MASK_LOOKS, type MaskLook } from "@/domain/maskLook";
import { WINDOW_PRESETS, type Viewer, type ViewerState, type WindowPreset } from "@/viewer";
import { Field } from "./ToolFields";
import type { Doubt } from "./useDoubt";

const LOOK_NAMES: Readonly<Record<MaskLook, string>> = { both: "Both", outline: "Outline", fill: "Fill" };
const PRESET_NAMES: Readonly<Record<WindowPreset, string>> = { bone: "Bone", soft: "Soft tissue", metal: "Metal" };

interface Props {
  readonly viewer: Viewer;
  readonly state: ViewerState;
  /** Null where the engine's doubt is not to be had. */
  readonly doubt: Doubt | null;
}

/** How CT and mask are drawn. */
export function DisplayFields({ viewer, state, doubt }: Props) {
  const preset = (Object.keys(WINDOW_PRESETS) as WindowPreset[]).find(
    (name) => WINDOW_PRESETS[name].centre === state.window.centre && WINDOW_PRESETS[name].width === state.window.width,
  );
  const { opacity, look, visible } = state.maskStyle;
  return (
    <Stack gap="sm">
      <Field label="Window">
        <SegmentedControl
          fullWidth
          size="xs"
          value={preset ?? ""}
          onChange={(name) => viewer.setWindow(name as WindowPreset)}
          data={(Object.keys(WINDOW_PRESETS) as WindowPreset[]).map((name) => ({
            value: name,
            label: PRESET_NAMES[name],
          }))}
        />
      </Field>
      <Field label="Mask drawn as">
        <SegmentedControl
          fullWidth
          size="xs"
          value={look}
          onChange={(value) => viewer.setMaskStyle({ look: value as MaskLook })}
          data={MASK_LOOKS.map((value) => ({ value, label: LOOK_NAMES[value] }))}
          data-testid="mask-look"
        />
      </Field>
      <Field label={`Mask opacity: ${Math.round(opacity * 100)} %`}>
        <Slider
          min={0}
          max={1}
          step={0.05}
          value={opacity}
          disabled={look === "outline"}
          onChange={(value) => viewer.setMaskStyle({ opacity: value })}
          label={null}
          thumbLabel="Mask opacity"
        />
      </Field>
      <Group gap="lg">
        <Switch
          size="sm"
          label="Mask"
          checked={visible}
          onChange={(event) => viewer.setMaskStyle({ visible: event.currentTarget.checked })}
        />
        <Switch
          size="sm"
          label="Crosshair"
          checked={state.crosshairVisible}
          onChange={(event) => viewer.setCrosshairVisible(event.currentTarget.checked)}
        />
        <Switch
          size="sm"
          label="Zoom all planes together"
          checked={state.zoomLinked}
          onChange={(event) => viewer.setZoomLinked(event.currentTarget.checked)}
          data-testid="zoom-linked"
        />
        {doubt?.offered && (
          <Switch
            size="sm"
            label="Engine's doubt"
            checked={doubt.shown}
            disabled={doubt.absent}
            onChange={doubt.toggle}
            data-testid="doubt"
          />
        )}
      </Group>
      {doubt?.shown && (
        <Text size="xs" c="dimmed" aria-live="polite">
          {doubt.loading
            ? "Loading where the engine was in doubt."
            : "Yellow to red: where the engine was in doubt about the mask that you began with."}
        </Text>
      )}
      {doubt?.absent && (
        <Text size="xs" c="dimmed" aria-live="polite">
          Where the engine was in doubt is not known for this mask.
        </Text>
      )}
    </Stack>
  );
}
