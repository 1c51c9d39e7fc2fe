import { NumberInput, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { t } from "@/i18n";
import { ANATOMICAL_ORDER, nameOf, neighbourLevel, planOf } from "@/domain/labels";
import type { ContourWay, GrowSettings, Viewer } from "@/viewer";
import type { PageState } from "./useViewerState";

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
}

export function Field({ label, children }: { readonly label: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <Text size="xs" fw={500} mb={4} c="dimmed">
        {label}
      </Text>
      {children}
    </div>
  );
}

/** One vertebra or all: for erasing, cutting and the operations on whole vertebrae. */
export function ScopeField({ viewer, state }: Props) {
  return (
    <Field label={t("Erasing, cutting and operations work on")}>
      <SegmentedControl
        fullWidth
        size="xs"
        value={state.scope}
        onChange={(scope) => viewer.setScope(scope === "all" ? "all" : "one")}
        data={[
          { value: "one", label: state.activeLabel > 0 ? nameOf(state.activeLabel) : t("One") },
          { value: "all", label: t("All not locked") },
        ]}
        data-testid="scope"
      />
    </Field>
  );
}

/** What the tool in hand can be set to. */
export function ToolFields({ viewer, state }: Props) {
  switch (state.tool) {
    case "erase":
      return (
        <Field label={t("Eraser")}>
          <SegmentedControl
            fullWidth
            size="xs"
            value={state.brush.eraseShape}
            onChange={(value) => viewer.hand.setBrush({ eraseShape: value === "sphere" ? "sphere" : "circle" })}
            data={[
              { value: "circle", label: t("In the slice") },
              { value: "sphere", label: t("Through slices") },
            ]}
          />
        </Field>
      );
    case "contour":
      return <ContourFields viewer={viewer} state={state} />;
    case "scissors":
      return <ScissorsFields viewer={viewer} state={state} />;
    case "grow":
      return <GrowFields viewer={viewer} state={state} />;
    case "split":
      return <SplitFields viewer={viewer} state={state} />;
    case "refine":
      return (
        <Text size="xs" c="dimmed">
          {t(
            "Click on what belongs to the vertebra; hold the erase key (x) and click on what does not. Where a level is not drawn yet, a click into the middle of its body has the engine draw it. The engine's answer is shown after each click. Undo takes the last click back, Enter accepts, Escape discards.",
          )}
        </Text>
      );
    default:
      return null;
  }
}

const CONTOUR_NAMES: Readonly<Record<ContourWay, string>> = {
  livewire: t("Along edges"),
  polygon: t("Straight"),
  freehand: t("Freehand"),
};

function ContourFields({ viewer, state }: Props) {
  return (
    <>
      <Field label={t("Outline between points")}>
        <SegmentedControl
          fullWidth
          size="xs"
          value={state.contourWay}
          onChange={(way) => viewer.hand.setContourWay(way as ContourWay)}
          data={Object.entries(CONTOUR_NAMES).map(([value, label]) => ({ value, label }))}
          data-testid="contour-way"
        />
      </Field>
      <Text size="xs" c="dimmed">
        {t("{{contourWay}} With the erase key (x) held at the end, the outline is emptied instead.", {
          contourWay:
            state.contourWay === "freehand"
              ? t("Drag around what belongs to the vertebra; it is filled when you let go.")
              : t(
                  "Click point by point; points can be dragged. Enter, a double click or a click on the first point fills, Backspace takes the last point back, Escape drops the outline.",
                ),
        })}
      </Text>
    </>
  );
}

function ScissorsFields({ viewer, state }: Props) {
  return (
    <>
      <Field label={t("Outline")}>
        <SegmentedControl
          fullWidth
          size="xs"
          value={state.scissors.outline}
          onChange={(outline) => viewer.hand.setScissors({ outline: outline === "rectangle" ? "rectangle" : "lasso" })}
          data={[
            { value: "lasso", label: t("Lasso") },
            { value: "rectangle", label: t("Rectangle") },
          ]}
          data-testid="scissors-outline"
        />
      </Field>
      <Field label={t("Scissors")}>
        <SegmentedControl
          fullWidth
          size="xs"
          value={state.scissors.mode}
          onChange={(mode) =>
            viewer.hand.setScissors({
              mode: mode === "fill-inside" || mode === "erase-outside" ? mode : "erase-inside",
            })
          }
          data={[
            { value: "erase-inside", label: t("Cut inside") },
            { value: "erase-outside", label: t("Cut outside") },
            { value: "fill-inside", label: t("Fill") },
          ]}
        />
      </Field>
      <Field label={t("Depth")}>
        <SegmentedControl
          fullWidth
          size="xs"
          value={String(state.scissors.depth)}
          onChange={(depth) => viewer.hand.setScissors({ depth: depth === "all" ? "all" : Number(depth) })}
          data={[
            { value: "0", label: t("This slice") },
            { value: "3", label: t("± 3 slices") },
            { value: "all", label: t("All slices") },
          ]}
        />
      </Field>
    </>
  );
}

function GrowFields({ viewer, state }: Props) {
  const { gate, reachMm, depth } = state.grow;
  const use = (next: GrowSettings["gate"]): void => viewer.hand.setGrow({ gate: next });
  return (
    <Stack gap={8} data-testid="grow-fields">
      <Field label={t("Grow from a click through")}>
        <SegmentedControl
          fullWidth
          size="xs"
          value={gate.kind}
          onChange={(kind) =>
            use(
              kind === "range"
                ? { kind: "range", range: { min: 150, max: 2000 } }
                : { kind: "adaptive", toleranceHu: 150 },
            )
          }
          data={[
            { value: "adaptive", label: t("Around the click") },
            { value: "range", label: t("Fixed range") },
          ]}
        />
      </Field>
      {gate.kind === "range" ? (
        <Stack gap={6}>
          <NumberInput
            size="xs"
            label={t("From (HU)")}
            step={25}
            value={gate.range.min}
            onChange={(value) =>
              typeof value === "number" && use({ kind: "range", range: { ...gate.range, min: value } })
            }
          />
          <NumberInput
            size="xs"
            label={t("To (HU)")}
            step={25}
            value={gate.range.max}
            onChange={(value) =>
              typeof value === "number" && use({ kind: "range", range: { ...gate.range, max: value } })
            }
          />
        </Stack>
      ) : (
        <NumberInput
          size="xs"
          label={t("Plus and minus (HU)")}
          min={10}
          step={10}
          value={gate.toleranceHu}
          onChange={(value) => typeof value === "number" && use({ kind: "adaptive", toleranceHu: value })}
        />
      )}
      <NumberInput
        size="xs"
        label={t("No farther than (mm)")}
        min={1}
        max={60}
        step={1}
        value={reachMm}
        onChange={(value) => typeof value === "number" && value >= 1 && viewer.hand.setGrow({ reachMm: value })}
      />
      <SegmentedControl
        fullWidth
        size="xs"
        value={depth}
        onChange={(value) => viewer.hand.setGrow({ depth: value === "slice" ? "slice" : "volume" })}
        data={[
          { value: "volume", label: t("Through slices") },
          { value: "slice", label: t("In the slice") },
        ]}
      />
    </Stack>
  );
}

function SplitFields({ viewer, state }: Props) {
  const next =
    state.activeLabel > 0
      ? neighbourLevel(state.activeLabel, 1, planOf(state.levels.map((level) => level.label)))
      : null;
  return (
    <Stack gap={6} data-testid="split-fields">
      <Select
        size="xs"
        label={t("The part beyond the cut is")}
        value={state.splitTarget === null ? "next" : String(state.splitTarget)}
        allowDeselect={false}
        onChange={(value) => viewer.hand.setSplitTarget(value === null || value === "next" ? null : Number(value))}
        data={[
          {
            value: "next",
            label: next === null ? t("the next level below") : t("the next below: {{next}}", { next: nameOf(next) }),
          },
          ...ANATOMICAL_ORDER.filter(({ label }) => label !== state.activeLabel).map(({ label, name }) => ({
            value: String(label),
            label: name,
          })),
        ]}
      />
      <Text size="xs" c="dimmed">
        {t(
          "Draw a line across the vertebra in any plane. The cut goes through the line, perpendicular to the plane; it is shown before it is made.",
        )}
      </Text>
    </Stack>
  );
}
