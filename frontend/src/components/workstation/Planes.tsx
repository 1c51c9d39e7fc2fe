import { ActionIcon, SegmentedControl, Tooltip } from "@mantine/core";
import { IconArrowsDiagonal, IconArrowsDiagonalMinimize2 } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { t } from "@/i18n";
import { PLANES, VolumeGeometry, type Plane, type Vec3 } from "@/domain/geometry";
import type { MaskStore } from "@/domain/maskStore";
import { LevelCentres } from "@/domain/vertebraBody";
import type { SaveStatus } from "@/state/outbox/status";
import type { Layout } from "@/state/workstationPreferences";
import { createViewer, PLANE_COLOURS, type Viewer } from "@/viewer";
import { createOperationRunner } from "@/workers/operationRunner";
import { createSlabSource } from "@/workers/slabSource";
import type { SlabIndex } from "@/workers/slabIndex";
import { ComparePane, type CompareSource } from "./ComparePane";
import { gridStyle, PANE_TITLES, shownPanes, type PaneName } from "./layouts";
import { StraightPane } from "./StraightPane";
import { SurfacePane } from "./SurfacePane";
import viewing from "./viewing.module.css";
import styles from "./workstation.module.css";
import { useCrosshair, useViewerState } from "./useViewerState";

interface Props {
  /** Where the surfaces are; null where there is no mask to have any. */
  readonly surfacesUrl: string | null;
  readonly index: SlabIndex;
  readonly mask: MaskStore;
  readonly canEdit: boolean;
  readonly activeLabel: number;
  /** Where to look first; at the level in hand by default. */
  readonly startVoxel: Vec3 | undefined;
  readonly layout: Layout;
  /** How far saving is; null where nothing is saved. */
  readonly status: SaveStatus | null;
  readonly compareSources: readonly CompareSource[];
  readonly viewer: Viewer | null;
  readonly onViewer: (viewer: Viewer | null) => void;
  readonly onFailure: (error: unknown) => void;
}

/** What the layout "one large" may show. */
const ALONE: readonly PaneName[] = ["sagittal", "coronal", "axial", "three", "straight"];

/** The panes of the layout, and the viewer's life: made when its planes are there, ended when they go. */
export function Planes({
  surfacesUrl,
  index,
  mask,
  canEdit,
  activeLabel,
  startVoxel,
  layout,
  status,
  compareSources,
  viewer,
  onViewer,
  onFailure,
}: Props) {
  const elements = useRef<Partial<Record<Plane, HTMLDivElement>>>({});
  const [large, setLarge] = useState<PaneName | null>(null);
  const start = useRef({ canEdit, activeLabel, startVoxel });

  useEffect(() => {
    const { sagittal, coronal, axial } = elements.current;
    if (!sagittal || !coronal || !axial) return undefined;
    let ended = false;
    const source = createSlabSource(index);
    const first = start.current;
    const { spacingMm } = new VolumeGeometry(index.shape, index.affineRasMm);
    const at = first.startVoxel ?? new LevelCentres(mask, spacingMm).of(first.activeLabel);
    const made = createViewer(
      { sagittal, coronal, axial },
      {
        volume: source,
        runner: createOperationRunner(),
        mask,
        canEdit: first.canEdit,
        activeLabel: first.activeLabel,
        ...(at && { startVoxel: at }),
      },
    );
    made.then(
      (ready) => {
        if (ended) ready.dispose();
        else onViewer(ready);
      },
      (error: unknown) => {
        source.close();
        if (!ended) onFailure(error);
      },
    );
    return () => {
      ended = true;
      source.close();
      onViewer(null);
      made.then((ready) => ready.dispose()).catch(() => undefined);
    };
  }, [index, mask, onViewer, onFailure]);

  const alone = large ?? (layout === "one" ? "sagittal" : null);
  const shown = shownPanes(layout, alone);
  useEffect(() => viewer?.layoutChanged(), [viewer, layout, alone]);
  const pane = (name: PaneName): PaneFrameProps => ({
    name,
    isShown: shown.has(name),
    isAlone: large === name,
    canEnlarge: layout !== "one",
    onEnlarge: setLarge,
  });

  return (
    <div
      className={styles["planes"]}
      style={gridStyle(layout, alone)}
      data-layout={alone ? "one" : layout}
      data-panes=""
      data-testid="planes"
    >
      {layout === "one" && (
        <SegmentedControl
          className={viewing["paneTabs"] ?? ""}
          size="xs"
          aria-label={t("The pane shown")}
          value={alone ?? "sagittal"}
          onChange={(name) => setLarge(name as PaneName)}
          data={ALONE.map((name) => ({ value: name, label: PANE_TITLES[name] }))}
        />
      )}
      {PLANES.map((plane) => (
        <PaneFrame key={plane} {...pane(plane)}>
          <div
            className={styles["surface"]}
            // The picture takes keys (arrows walk slices), so it must take the focus.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={shown.has(plane) ? 0 : -1}
            role="application"
            aria-label={t("{{plane}} picture: wheel or arrow keys change the slice", { plane: PANE_TITLES[plane] })}
            data-testid={`plane-${plane}`}
            ref={(element) => {
              if (element) elements.current[plane] = element;
            }}
          />
          {viewer && <PlaneTitle viewer={viewer} plane={plane} />}
        </PaneFrame>
      ))}
      {viewer && shown.has("compare") && (
        <PaneFrame {...pane("compare")}>
          <ComparePane
            viewer={viewer}
            sources={compareSources}
            ownTitle={canEdit ? t("Mask in work") : t("The same mask")}
          />
        </PaneFrame>
      )}
      {viewer && shown.has("three") && (
        <PaneFrame {...pane("three")}>
          {surfacesUrl === null ? (
            <div className={viewing["note"]}>{t("There is no mask to show in 3D.")}</div>
          ) : (
            <SurfacePane url={surfacesUrl} viewer={viewer} status={status} />
          )}
          <div className={styles["planeTitle"]}>3D</div>
        </PaneFrame>
      )}
      {viewer && shown.has("straight") && (
        <PaneFrame {...pane("straight")}>
          <StraightPane viewer={viewer} />
        </PaneFrame>
      )}
    </div>
  );
}

interface PaneFrameProps {
  readonly name: PaneName;
  readonly isShown: boolean;
  readonly isAlone: boolean;
  readonly canEnlarge: boolean;
  readonly onEnlarge: (pane: PaneName | null) => void;
}

/** A pane in its place of the grid, with the button that shows it alone. */
function PaneFrame({
  name,
  isShown,
  isAlone,
  canEnlarge,
  onEnlarge,
  children,
}: PaneFrameProps & { readonly children: React.ReactNode }) {
  const title = PANE_TITLES[name];
  return (
    <section
      className={styles["plane"]}
      style={isShown ? { gridArea: name } : {}}
      data-plane={name}
      data-shown={isShown}
      aria-label={t("{{title}} pane", { title })}
    >
      {children}
      {canEnlarge && isShown && (
        <Tooltip label={isAlone ? t("Back to all panes") : t("This pane alone")}>
          <ActionIcon
            className={styles["enlarge"] ?? ""}
            size={24}
            variant="subtle"
            color="gray"
            aria-label={isAlone ? t("Back to all panes") : t("{{title}} alone", { title })}
            onClick={() => onEnlarge(isAlone ? null : name)}
          >
            {isAlone ? <IconArrowsDiagonalMinimize2 size={15} /> : <IconArrowsDiagonal size={15} />}
          </ActionIcon>
        </Tooltip>
      )}
    </section>
  );
}

function PlaneTitle({ viewer, plane }: { readonly viewer: Viewer; readonly plane: Plane }) {
  const { slab, canEdit } = useViewerState(viewer);
  const crosshair = useCrosshair(viewer);
  const viewport = viewer.paneViewport(plane);
  return (
    <div className={styles["planeTitle"]}>
      <span className={styles["planeDot"]} style={{ background: PLANE_COLOURS[plane] }} />
      {PANE_TITLES[plane]} {(crosshair[viewport.view.throughAxis] ?? 0) + 1} / {viewport.sliceCount}
      {slab.thicknessMm > 0 && (
        <span className={styles["slabNote"]} data-testid={`slab-${plane}`}>
          {t("{{blend}} of {{thicknessMm}} mm", {
            blend: slab.blend === "max" ? t("maximum") : t("mean"),
            thicknessMm: slab.thicknessMm,
          })}
          {canEdit && t(", painting in the middle slice")}
        </span>
      )}
    </div>
  );
}
