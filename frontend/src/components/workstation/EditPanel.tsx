import {
  Button,
  Divider,
  Group,
  NumberInput,
  ScrollArea,
  SegmentedControl,
  Select,
  Slider,
  Stack,
  Switch,
  Text,
} from "@mantine/core";
import { t } from "@/i18n";
import type { EngineNames as Told } from "@/api/assignments";
import { nameOf } from "@/domain/labels";
import type { OwnWindows } from "@/state/ownWindows";
import type { Viewer } from "@/viewer";
import { DesktopPanel } from "./DesktopPanel";
import { DisplayFields } from "./DisplayFields";
import styles from "./editing.module.css";
import { EngineNames } from "./EngineNames";
import { Fold, Folds } from "./Folds";
import { OperationsControl } from "./OperationsControl";
import { RulersPanel } from "./RulersPanel";
import { RenumberControl } from "./RenumberControl";
import { Field, ScopeField, ToolFields } from "./ToolFields";
import type { Doubt } from "./useDoubt";
import type { ReturnedMasks } from "./useReturnedMask";
import type { Rulers } from "./useRulers";
import type { PaintGate } from "./useWorkstationKeys";
import type { PageState } from "./useViewerState";

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
  /** The gate that the switch turns on. */
  readonly gate: PaintGate;
  readonly onGate: (gate: PaintGate) => void;
}

interface PanelProps extends Props {
  readonly assignmentId: string;
  /** Shown here where nobody is asked for the names. */
  readonly engineNames: Told | null;
  readonly doubt: Doubt;
  /** Takes in a mask from another program; null where this one is not edited. */
  readonly onReturned: ReturnedMasks["take"];
  readonly ownWindows: OwnWindows;
  readonly rulers: Rulers;
}

export function EditPanel({
  viewer,
  state,
  gate,
  onGate,
  doubt,
  assignmentId,
  engineNames,
  onReturned,
  ownWindows,
  rulers,
}: PanelProps) {
  return (
    <Stack gap="md">
      {state.canEdit && <BrushFields viewer={viewer} state={state} gate={gate} onGate={onGate} />}
      <DisplayFields {...{ viewer, state, doubt, ownWindows }} />
      <RulersPanel rulers={rulers} tool={state.tool} />
      <Folds>
        {state.canEdit && (
          <>
            <Fold
              name="whole-vertebra"
              title={
                state.scope === "all"
                  ? t("Operations on all vertebrae")
                  : state.activeLabel > 0
                    ? t("Operations on the whole of {{activeLabel}}", { activeLabel: nameOf(state.activeLabel) })
                    : t("Operations on a whole vertebra")
              }
            >
              <OperationsControl viewer={viewer} state={state} />
            </Fold>
            <Fold name="level-names" title={t("Names of levels")}>
              {engineNames && <EngineNames told={engineNames} {...{ viewer, state }} />}
              <RenumberControl viewer={viewer} state={state} />
            </Fold>
          </>
        )}
        <Fold name="desktop" title={t("Other programs")}>
          <DesktopPanel assignmentId={assignmentId} take={state.canEdit ? onReturned : null} />
        </Fold>
      </Folds>
      {state.canEdit && <HistoryList viewer={viewer} state={state} />}
    </Stack>
  );
}

function BrushFields({ viewer, state, gate, onGate }: Props) {
  const others = state.levels.filter((level) => level.label !== state.activeLabel);
  const paintOver = typeof state.paintOver === "number" ? String(state.paintOver) : state.paintOver;
  return (
    <>
      <Text fw={600}>
        {state.activeLabel > 0
          ? t("Editing {{activeLabel}}", { activeLabel: nameOf(state.activeLabel) })
          : t("Choose a vertebra to edit")}
      </Text>
      <Field label={t("Brush radius: {{radiusMm}} mm", { radiusMm: state.brush.radiusMm })}>
        <Slider
          min={0.5}
          max={30}
          step={0.5}
          value={state.brush.radiusMm}
          onChange={(radiusMm) => viewer.hand.setBrush({ radiusMm })}
          label={null}
          thumbLabel={t("Brush radius")}
        />
      </Field>
      <ToolFields viewer={viewer} state={state} />
      <ScopeField viewer={viewer} state={state} />
      <Select
        label={t("Paint over")}
        size="xs"
        value={paintOver}
        allowDeselect={false}
        onChange={(value) => {
          if (value === "everything" || value === "background") viewer.setPaintOver(value);
          else if (value) viewer.setPaintOver(Number(value));
        }}
        data={[
          { value: "everything", label: t("Everything that is not locked") },
          { value: "background", label: t("Background only") },
          // Naming it is leave enough, unless it was locked by hand.
          ...others.map(({ label }) => ({
            value: String(label),
            label: t("{{label}} only", { label: nameOf(label) }),
            disabled: state.locks.get(label) === "locked",
          })),
        ]}
      />
      <GateFields viewer={viewer} state={state} gate={gate} onGate={onGate} />
      <Divider />
    </>
  );
}

function GateFields({ viewer, state, gate, onGate }: Props) {
  const on = state.gate.kind !== "off";
  const use = (next: PaintGate): void => {
    onGate(next);
    if (on) viewer.setGate(next);
  };
  return (
    <Stack gap={8}>
      <Switch
        size="sm"
        label={t("Paint only in a range of density")}
        checked={on}
        onChange={(event) => viewer.setGate(event.currentTarget.checked ? gate : { kind: "off" })}
        data-testid="gate"
      />
      {on && (
        <>
          <SegmentedControl
            fullWidth
            size="xs"
            value={gate.kind}
            onChange={(kind) =>
              use(
                kind === "adaptive"
                  ? { kind: "adaptive", toleranceHu: 150 }
                  : { kind: "range", range: { min: 150, max: 2000 } },
              )
            }
            data={[
              { value: "range", label: t("Fixed range") },
              { value: "adaptive", label: t("Around the click") },
            ]}
          />
          {gate.kind === "range" ? (
            <Group grow gap="xs">
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
            </Group>
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
          <Text size="xs" c="dimmed">
            {t("An upper end below about 2000 HU leaves metal and cement out of the mask.")}
          </Text>
        </>
      )}
    </Stack>
  );
}

function HistoryList({ viewer, state }: Pick<Props, "viewer" | "state">) {
  if (state.history.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("Steps appear here as you work; any of them can be undone.")}
      </Text>
    );
  }
  return (
    <div>
      <Text size="sm" fw={600} mb={6}>
        {t("Steps ({{applied}} of {{history}})", { applied: state.applied, history: state.history.length })}
      </Text>
      <ScrollArea.Autosize mah={220} type="auto">
        <ol className={styles["steps"]} data-testid="history">
          {state.history.map((step, index) => (
            <li key={step.id}>
              <button
                type="button"
                className={styles["step"]}
                title={step.name}
                data-undone={index >= state.applied}
                {...(index === state.applied - 1 && { "aria-current": "step" })}
                onClick={() => viewer.goToStep(index + 1)}
              >
                <span>{index + 1}</span>
                <span>{step.name}</span>
              </button>
            </li>
          ))}
        </ol>
      </ScrollArea.Autosize>
      <Button
        size="compact-xs"
        mt={6}
        variant="default"
        disabled={state.applied === 0}
        onClick={() => viewer.goToStep(0)}
      >
        {t("Back to the start")}
      </Button>
    </div>
  );
}
