import { Group, SegmentedControl, Slider, Stack, Switch, Text } from "@mantine/core";
import { t } from "@/i18n";
import { MASK_LOOKS, type MaskLook } from "@/domain/maskLook";
import type { OwnWindows } from "@/state/ownWindows";
import { SLAB_THICKNESSES_MM, type Viewer } from "@/viewer";
import { Field } from "./ToolFields";
import type { Doubt } from "./useDoubt";
import { WindowField } from "./WindowField";
import type { PageState } from "./useViewerState";

const LOOK_NAMES: Readonly<Record<MaskLook, string>> = { both: t("Both"), outline: t("Outline"), fill: t("Fill") };

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
  /** Null where the engine's doubt is not to be had. */
  readonly doubt: Doubt | null;
  /** Windows that the reader has named; null where none are kept. */
  readonly ownWindows: OwnWindows | null;
}

/** How CT and mask are drawn. */
export function DisplayFields({ viewer, state, doubt, ownWindows }: Props) {
  const { opacity, look, visible } = state.maskStyle;
  return (
    <Stack gap="sm">
      <WindowField viewer={viewer} state={state} own={ownWindows} />
      <SlabField viewer={viewer} state={state} />
      <Field label={t("Mask drawn as")}>
        <SegmentedControl
          fullWidth
          size="xs"
          value={look}
          onChange={(value) => viewer.setMaskStyle({ look: value as MaskLook })}
          data={MASK_LOOKS.map((value) => ({ value, label: LOOK_NAMES[value] }))}
          data-testid="mask-look"
        />
      </Field>
      <Field label={t("Mask opacity: {{opacity}} %", { opacity: Math.round(opacity * 100) })}>
        <Slider
          min={0}
          max={1}
          step={0.05}
          value={opacity}
          disabled={look === "outline"}
          onChange={(value) => viewer.setMaskStyle({ opacity: value })}
          label={null}
          thumbLabel={t("Mask opacity")}
        />
      </Field>
      <Group gap="lg">
        <Switch
          size="sm"
          label={t("Mask")}
          checked={visible}
          onChange={(event) => viewer.setMaskStyle({ visible: event.currentTarget.checked })}
        />
        <Switch
          size="sm"
          label={t("Crosshair")}
          checked={state.crosshairVisible}
          onChange={(event) => viewer.setCrosshairVisible(event.currentTarget.checked)}
        />
        <Switch
          size="sm"
          label={t("Zoom all planes together")}
          checked={state.zoomLinked}
          onChange={(event) => viewer.setZoomLinked(event.currentTarget.checked)}
          data-testid="zoom-linked"
        />
        {doubt?.offered && (
          <Switch
            size="sm"
            label={t("Engine's doubt")}
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
            ? t("Loading where the engine was in doubt.")
            : t("Yellow to red: where the engine was in doubt about the mask that you began with.")}
        </Text>
      )}
      {doubt?.absent && (
        <Text size="xs" c="dimmed" aria-live="polite">
          {t("Where the engine was in doubt is not known for this mask.")}
        </Text>
      )}
    </Stack>
  );
}

/** One slice, or what lies around it drawn into it. */
function SlabField({ viewer, state }: Pick<Props, "viewer" | "state">) {
  const { thicknessMm, blend } = state.slab;
  return (
    <Field label={t("Thickness shown")}>
      <SegmentedControl
        fullWidth
        size="xs"
        value={String(thicknessMm)}
        onChange={(mm) => viewer.slab.set({ thicknessMm: Number(mm) })}
        data={SLAB_THICKNESSES_MM.map((mm) => ({
          value: String(mm),
          label: mm === 0 ? t("Slice") : t("{{mm}} mm", { mm }),
        }))}
        data-testid="slab"
      />
      {thicknessMm > 0 && (
        <>
          <SegmentedControl
            fullWidth
            size="xs"
            mt={6}
            value={blend}
            onChange={(value) => viewer.slab.set({ blend: value === "mean" ? "mean" : "max" })}
            data={[
              { value: "max", label: t("Maximum") },
              { value: "mean", label: t("Mean") },
            ]}
            data-testid="slab-blend"
          />
          <Text size="xs" c="dimmed" mt={4}>
            {t("The mask is that of the middle slice, and tools work on it.")}
          </Text>
        </>
      )}
    </Field>
  );
}
