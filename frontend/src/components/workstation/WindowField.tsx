import { ActionIcon, Button, Group, Popover, SegmentedControl, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconChartHistogram, IconTrash } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { t } from "@/i18n";
import { histogramOf, type Histogram } from "@/domain/histogram";
import { LONGEST_NAME, type OwnWindows } from "@/state/ownWindows";
import type { Viewer, ViewerState } from "@/viewer";
import { HistogramView } from "./HistogramView";
import { Field } from "./ToolFields";
import { isSameWindow, SHIPPED_WINDOWS } from "./windows";
import type { PageState } from "./useViewerState";

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
  /** Null where none are kept. */
  readonly own: OwnWindows | null;
}

/** The window of the CT: those that ship, the reader's own, and by the limits in a histogram. */
export function WindowField({ viewer, state, own }: Props) {
  const { window } = state;
  const [histogram, setHistogram] = useState<Histogram | null>(null);
  const shipped = SHIPPED_WINDOWS.find((preset) => isSameWindow(preset, window))?.name ?? "";
  return (
    <Field label={t("Window")}>
      <Group gap={6} wrap="nowrap">
        <SegmentedControl
          fullWidth
          size="xs"
          style={{ flexGrow: 1 }}
          value={shipped}
          onChange={(name) => {
            const preset = SHIPPED_WINDOWS.find((entry) => entry.name === name);
            if (preset) viewer.setWindow(preset);
          }}
          data={SHIPPED_WINDOWS.map(({ name }) => name)}
        />
        <Popover
          opened={histogram !== null}
          onChange={(opened) => !opened && setHistogram(null)}
          position="bottom-end"
          trapFocus
          withArrow
        >
          <Popover.Target>
            <Tooltip label={t("Histogram and own windows")}>
              <ActionIcon
                variant="default"
                size={28}
                aria-label={t("Histogram and own windows")}
                // Counted when it is opened: slabs that come later would change it.
                onClick={() => setHistogram(histogram === null ? histogramOf(viewer.hu) : null)}
                data-testid="window-more"
              >
                <IconChartHistogram size={16} />
              </ActionIcon>
            </Tooltip>
          </Popover.Target>
          <Popover.Dropdown aria-label={t("Window")}>
            {histogram && (
              <Stack gap="xs">
                <HistogramView viewer={viewer} window={window} histogram={histogram} />
                <Text size="xs" c="dimmed" className="tabular">
                  {t("Black up to {{centre}} HU, white from {{centre2}} HU", {
                    centre: Math.round(window.centre - window.width / 2),
                    centre2: Math.round(window.centre + window.width / 2),
                  })}
                </Text>
                {own && <SaveWindow own={own} window={window} />}
              </Stack>
            )}
          </Popover.Dropdown>
        </Popover>
      </Group>
      {own && own.list.length > 0 && (
        <Group gap={4} mt={6} data-testid="own-windows">
          {own.list.map((preset) => (
            <Button
              key={preset.name}
              size="compact-xs"
              variant={isSameWindow(preset, window) ? "filled" : "default"}
              aria-pressed={isSameWindow(preset, window)}
              onClick={() => viewer.setWindow(preset)}
            >
              {preset.name}
            </Button>
          ))}
        </Group>
      )}
    </Field>
  );
}

function SaveWindow({ own, window }: { readonly own: OwnWindows; readonly window: ViewerState["window"] }) {
  const [name, setName] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const save = (): void => {
    own.save({ name, centre: Math.round(window.centre), width: Math.round(window.width) });
    setName("");
    // The button is off now: Escape closes the popover only while the focus is in it.
    field.current?.focus();
  };
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") save();
        }}
      >
        <Group gap={6} align="end" wrap="nowrap">
          <TextInput
            size="xs"
            ref={field}
            label={t("Keep this window as")}
            maxLength={LONGEST_NAME}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            style={{ flexGrow: 1 }}
            data-testid="window-name"
          />
          <Button size="xs" type="submit" disabled={name.trim() === ""} data-testid="keep-window">
            {t("Keep")}
          </Button>
        </Group>
      </form>
      {own.list.map((preset) => (
        <Group key={preset.name} gap={6} justify="space-between" wrap="nowrap">
          <Text size="sm">
            {preset.name}{" "}
            <Text span size="xs" c="dimmed" className="tabular">
              {preset.centre} / {preset.width}
            </Text>
          </Text>
          <ActionIcon
            size={22}
            variant="subtle"
            color="gray"
            aria-label={t("Remove the window {{name}}", { name: preset.name })}
            onClick={() => own.remove(preset.name)}
          >
            <IconTrash size={14} />
          </ActionIcon>
        </Group>
      ))}
    </>
  );
}
