import { ActionIcon, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowsMove,
  IconBrush,
  IconBucketDroplet,
  IconContrast2,
  IconCrosshair,
  IconEraser,
  IconKeyboard,
  IconLasso,
  IconSphere,
  IconViewportWide,
  IconZoomIn,
  type Icon,
} from "@tabler/icons-react";
import { EDIT_TOOLS, type ToolName, type ViewerState } from "@/viewer/types";
import type { Viewer } from "@/viewer/viewer";
import styles from "./workstation.module.css";

interface Entry {
  readonly tool: ToolName;
  readonly icon: Icon;
  readonly label: string;
  readonly key?: string;
}

const ENTRIES: readonly Entry[] = [
  { tool: "crosshair", icon: IconCrosshair, label: "Crosshair", key: "0" },
  { tool: "circle", icon: IconBrush, label: "Circle brush", key: "1" },
  { tool: "sphere", icon: IconSphere, label: "Sphere brush", key: "2" },
  { tool: "erase", icon: IconEraser, label: "Eraser", key: "3" },
  { tool: "fill", icon: IconBucketDroplet, label: "Fill area", key: "4" },
  { tool: "scissors", icon: IconLasso, label: "Scissors", key: "5" },
  { tool: "window", icon: IconContrast2, label: "Window (or Ctrl and drag)" },
  { tool: "pan", icon: IconArrowsMove, label: "Move (or middle button)" },
  { tool: "zoom", icon: IconZoomIn, label: "Zoom (or right button)" },
];

function RailButton(props: { label: string; hint?: string | undefined; pressed?: boolean; disabled?: boolean; icon: Icon; testId?: string; onClick: () => void }) {
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

export function ToolRail({ viewer, state, onHelp }: { readonly viewer: Viewer; readonly state: ViewerState; readonly onHelp: () => void }) {
  const shown = ENTRIES.filter((entry) => state.canEdit || !EDIT_TOOLS.has(entry.tool));
  const canUndo = state.canEdit && state.applied > 0;
  const canRedo = state.canEdit && state.applied < state.history.length;
  return (
    <div className={styles["rail"]} role="toolbar" aria-label="Tools" aria-orientation="vertical">
      {shown.map(({ tool, icon, label, key }) => (
        <RailButton key={tool} label={label} hint={key} icon={icon} pressed={state.tool === tool} testId={`tool-${tool}`} onClick={() => viewer.setTool(tool)} />
      ))}
      {state.canEdit && (
        <>
          <hr className={styles["railRule"]} />
          <RailButton label={canUndo ? `Undo: ${state.history[state.applied - 1]?.name ?? ""}` : "Nothing to undo"} hint="z" icon={IconArrowBackUp} disabled={!canUndo} testId="undo" onClick={() => viewer.undo()} />
          <RailButton label={canRedo ? `Redo: ${state.history[state.applied]?.name ?? ""}` : "Nothing to redo"} hint="y" icon={IconArrowForwardUp} disabled={!canRedo} testId="redo" onClick={() => viewer.redo()} />
        </>
      )}
      <hr className={styles["railRule"]} />
      <RailButton label="Whole volume in view" hint="r" icon={IconViewportWide} onClick={() => viewer.resetViews()} />
      <RailButton label="Keys" hint="?" icon={IconKeyboard} testId="show-keys" onClick={onHelp} />
    </div>
  );
}
