import { Alert } from "@mantine/core";
import { useCallback, useEffect, useMemo, useState } from "react";
import { t } from "@/i18n";
import { messageOf } from "@/api/errors";
import { openingLayout } from "@/components/workstation/layouts";
import { KeysDialog } from "@/components/workstation/KeysDialog";
import { Planes } from "@/components/workstation/Planes";
import { RaterPanes } from "@/components/workstation/RaterPanes";
import { StatusBar } from "@/components/workstation/StatusBar";
import { ToolRail } from "@/components/workstation/ToolRail";
import { useSpots } from "@/components/workstation/useComparing";
import { useHotkeys } from "@/components/workstation/useHotkeys";
import { useViewerStateOrNull } from "@/components/workstation/useViewerState";
import { useWorkstationKeys } from "@/components/workstation/useWorkstationKeys";
import { VertebraList } from "@/components/workstation/VertebraList";
import { VertebraStrip } from "@/components/workstation/VertebraStrip";
import viewing from "@/components/workstation/viewing.module.css";
import styles from "@/components/workstation/workstation.module.css";
import { maskAt } from "@/api/assignments";
import { VolumeGeometry, type Vec3 } from "@/domain/geometry";
import type { MaskStore } from "@/domain/maskStore";
import { decodeMask } from "@/domain/vbd1";
import { sortLabels } from "@/domain/labels";
import type { LookAt, LookMask } from "@/state/looking";
import { parsePreferences } from "@/state/workstationPreferences";
import { useMe } from "@/state/session";
import { exposeViewer, type Viewer } from "@/viewer";
import type { SlabIndex } from "@/workers/slabIndex";
import { LookHeader } from "./LookHeader";
import { LookPanel } from "./LookPanel";
import type { LookRoomProps } from "./lookProps";
import { placeAt, startOf, type Place } from "./place";
import { panesBeside, useHeldAgainst } from "./useHeldAgainst";

interface Props extends LookRoomProps {
  readonly what: LookAt;
  readonly shown: LookMask | undefined;
  readonly index: SlabIndex;
  readonly mask: MaskStore;
}

/** Where it looks first, and how the reader likes CT and mask drawn. */
function useFirstLook(viewer: Viewer | null, { label: named }: Place, voxel: Vec3 | undefined, first: number): void {
  const { preferences } = useMe();
  // As it was when the room was opened: the address follows the reader, not the other way round.
  const [start] = useState({ label: named, voxel, liked: parsePreferences(preferences) });
  useEffect(() => {
    if (!viewer) return undefined;
    const hide = exposeViewer(viewer);
    if (start.liked.window) viewer.setWindow(start.liked.window);
    if (start.liked.mask) viewer.setMaskStyle(start.liked.mask);
    viewer.setZoomLinked(start.liked.zoomLinked);
    const label = start.label ?? first;
    if (start.voxel) {
      viewer.setActiveLabel(label);
      viewer.centreOn(start.voxel);
    } else if (label > 0) viewer.goToLevel(label);
    return hide;
  }, [viewer, start, first]);
}

/** The panes of the workstation over a mask that nobody changes: no tool, no lock, no time that counts. */
export function Look({ what, shown, index, mask, place, onPlace, links, back }: Props) {
  const [viewer, setViewer] = useState<Viewer | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const { preferences } = useMe();
  const geometry = useMemo(() => new VolumeGeometry(index.shape, index.affineRasMm), [index]);
  const [layout, setLayout] = useState(() =>
    openingLayout(parsePreferences(preferences).layout, index.shape, geometry.spacingMm),
  );
  const [strip, setStrip] = useState(true);
  const [help, setHelp] = useState(false);
  const hotkeys = useHotkeys();
  const state = useViewerStateOrNull(viewer);
  const labels = useMemo(() => sortLabels(mask.summary.labels()), [mask]);
  const first = place.label ?? labels[0] ?? 0;
  const start = startOf(place, what.rulers, geometry);
  useFirstLook(viewer, place, start, labels[0] ?? 0);
  const spots = useSpots(what.spots, what.spotsTotal, viewer);
  const held = useHeldAgainst({ what, shown, place, index, viewer, activeLabel: state?.activeLabel ?? first });
  const others = useMemo(
    () =>
      what.masks
        .filter(({ id }) => id !== shown?.id)
        .map(({ id, title, maskPath }) => ({
          key: id,
          title,
          load: async () => decodeMask((await maskAt(maskPath)).payload, index.shape),
        })),
    [what, shown, index],
  );

  const masks = { version: shown?.id, against: place.against };
  const here = (change: Pick<Place, "version" | "against"> = {}): Place =>
    viewer && state
      ? placeAt(viewer.getState().crosshair, state.activeLabel, { ...masks, ...change })
      : { ...place, ...change };
  const walk = (step: 1 | -1): void => {
    const at = labels.indexOf(state?.activeLabel ?? 0);
    const next = labels[Math.min(labels.length - 1, Math.max(0, at + step))];
    if (next !== undefined) viewer?.goToLevel(next);
  };
  useWorkstationKeys(
    viewer && {
      viewer,
      grading: null,
      gate: null,
      decide: null,
      keys: hotkeys.changes,
      ownWindows: [],
      rulers: null,
      walk,
      spot: (step) => spots.goToSpot(Math.max(spots.spot, step > 0 ? -1 : 0) + step),
      place: () => undefined,
      looking: null,
      toggleMode: () => undefined,
      showHelp: () => setHelp(true),
    },
  );
  const fail = useCallback((error: unknown) => setFailure(error), []);

  return (
    <div className={styles["shell"]} id="look">
      <LookHeader {...{ what, layout, links, back }} onLayout={setLayout} here={here} />
      <div>
        {what.note !== "" && (
          <div className={styles["banner"]} role="note" data-testid="look-note">
            {what.note}
          </div>
        )}
        {failure !== null && (
          <Alert color="red" title={t("The pictures could not be shown")} m="sm">
            {messageOf(failure)}
          </Alert>
        )}
      </div>
      <main className={styles["body"]}>
        {viewer && state ? (
          <ToolRail viewer={viewer} state={state} rulers={false} keys={hotkeys.changes} onHelp={() => setHelp(true)} />
        ) : (
          <div className={styles["rail"]} />
        )}
        {viewer && state ? (
          <VertebraList {...{ viewer, state, labels }} grades={null} />
        ) : (
          <div className={styles["list"]} />
        )}
        <div className={viewing["centre"]}>
          {viewer && held.sideBySide && (
            <RaterPanes viewer={viewer} panes={panesBeside(shown, held)} onClose={held.toggleSideBySide} />
          )}
          <Planes
            {...{ layout, index, mask, viewer }}
            surfacesUrl={shown?.surfacesPath ?? null}
            canEdit={false}
            activeLabel={first}
            startVoxel={start}
            status={null}
            compareSources={others}
            onViewer={setViewer}
            onFailure={fail}
          />
          {viewer && state && labels.length > 0 && (
            <VertebraStrip {...{ viewer, state, labels }} grades={null} open={strip} onOpen={setStrip} />
          )}
        </div>
        {viewer && state ? (
          <LookPanel
            {...{ what, shown, viewer, state, spots, held }}
            onVersion={(version) => onPlace(here({ version }))}
            onAgainst={(against) => onPlace(here({ against }))}
          />
        ) : (
          <div className={styles["side"]} />
        )}
      </main>
      {viewer ? (
        <StatusBar viewer={viewer} />
      ) : (
        <footer className={styles["status"]}>{t("Loading the first picture")}</footer>
      )}
      <KeysDialog opened={help} hotkeys={hotkeys} onClose={() => setHelp(false)} />
    </div>
  );
}
