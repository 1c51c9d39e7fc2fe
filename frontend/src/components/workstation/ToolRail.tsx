import { ActionIcon, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowsMove,
  IconAngle,
  IconRuler2,
  IconVectorTriangle,
  IconBrush,
  IconBucketDroplet,
  IconContrast2,
  IconCrosshair,
  IconEraser,
  IconKeyboard,
  IconLasso,
  IconSlice,
  IconSparkles,
  IconSphere,
  IconTopologyStar,
  IconVectorSpline,
  IconViewportWide,
  IconZoomIn,
  type Icon,
} from "@tabler/icons-react";
import { t } from "@/i18n";
import { isRuler } from "@/domain/rulers";
import { EDIT_TOOLS, type ToolName, type Viewer } from "@/viewer";
import { hintFor, type KeyChanges } from "./hotkeys";
import styles from "./workstation.module.css";
import type { PageState } from "./useViewerState";

interface Entry {
  readonly tool: ToolName;
  readonly icon: Icon;
  readonly label: string;
}

const ENTRIES: readonly Entry[] = [
  { tool: "crosshair", icon: IconCrosshair, label: t("Crosshair") },
  { tool: "circle", icon: IconBrush, label: t("Circle brush") },
  { tool: "sphere", icon: IconSphere, label: t("Sphere brush") },
  { tool: "erase", icon: IconEraser, label: t("Eraser") },
  { tool: "contour", icon: IconVectorSpline, label: t("Outline that fills") },
  { tool: "fill", icon: IconBucketDroplet, label: t("Bucket: fill an area") },
  { tool: "scissors", icon: IconLasso, label: t("Scissors") },
  { tool: "grow", icon: IconTopologyStar, label: t("Grow from a click") },
  { tool: "split", icon: IconSlice, label: t("Split with a line") },
  { tool: "refine", icon: IconSparkles, label: t("Refine by clicks") },
  { tool: "length", icon: IconRuler2, label: t("Distance") },
  { tool: "angle", icon: IconAngle, label: t("Angle") },
  { tool: "cobb", icon: IconVectorTriangle, label: t("Cobb angle") },
  { tool: "window", icon: IconContrast2, label: t("Window (or Ctrl and drag)") },
  { tool: "pan", icon: IconArrowsMove, label: t("Move (or middle button)") },
  { tool: "zoom", icon: IconZoomIn, label: t("Zoom (or right button)") },
];

function RailButton(props: {
  label: string;
  hint?: string | undefined;
  pressed?: boolean;
  disabled?: boolean;
  icon: Icon;
  testId?: string;
  onClick: () => void;
}) {
  const { label, hint, pressed, disabled = false, icon: Glyph, testId, onClick } = props;
  return (
    <Tooltip label={hint ? `${label}  (${hint})` : label} position="right">
      <ActionIcon
        size={36}
        variant={pressed ? "filled" : "subtle"}
        color={pressed ? "petrol" : "gray"}
        aria-label={label}
        {...(pressed !== undefined && { "aria-pressed": pressed })}
        disabled={disabled}
        onClick={onClick}
        data-testid={testId}
      >
        <Glyph size={20} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
  /** Whether distances and angles can be drawn. */
  readonly rulers: boolean;
  readonly keys: KeyChanges;
  readonly onHelp: () => void;
}

export function ToolRail({ viewer, state, rulers, keys, onHelp }: Props) {
  const shown = ENTRIES.filter(({ tool }) => (isRuler(tool) ? rulers : state.canEdit || !EDIT_TOOLS.has(tool)));
  const canUndo = state.canEdit && state.applied > 0;
  const canRedo = state.canEdit && state.applied < state.history.length;
  return (
    <div className={styles["rail"]} role="toolbar" aria-label={t("Tools")} aria-orientation="vertical">
      {shown.map(({ tool, icon, label }) => (
        <RailButton
          key={tool}
          label={label}
          hint={hintFor(`tool-${tool}`, keys)}
          icon={icon}
          pressed={state.tool === tool}
          testId={`tool-${tool}`}
          onClick={() => viewer.hand.setTool(tool)}
        />
      ))}
      {state.canEdit && (
        <>
          <hr className={styles["railRule"]} />
          <RailButton
            label={
              canUndo
                ? t("Undo: {{name}}", { name: state.history[state.applied - 1]?.name ?? "" })
                : t("Nothing to undo")
            }
            hint={hintFor("undo", keys)}
            icon={IconArrowBackUp}
            disabled={!canUndo}
            testId="undo"
            onClick={() => viewer.undo()}
          />
          <RailButton
            label={
              canRedo ? t("Redo: {{name}}", { name: state.history[state.applied]?.name ?? "" }) : t("Nothing to redo")
            }
            hint={hintFor("redo", keys)}
            icon={IconArrowForwardUp}
            disabled={!canRedo}
            testId="redo"
            onClick={() => viewer.redo()}
          />
        </>
      )}
      <hr className={styles["railRule"]} />
      <RailButton
        label={t("Whole volume in view")}
        hint={hintFor("reset", keys)}
        icon={IconViewportWide}
        onClick={() => viewer.resetViews()}
      />
      <RailButton
        label={t("Keys")}
        hint={hintFor("help", keys)}
        icon={IconKeyboard}
        testId="show-keys"
        onClick={onHelp}
      />
    </div>
  );
}
