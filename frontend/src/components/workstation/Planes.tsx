import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowsDiagonal, IconArrowsDiagonalMinimize2 } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { PLANES, type Plane } from "@/domain/geometry";
import type { Layout } from "@/state/workstationPreferences";
import { createViewer } from "@/viewer/createViewer";
import { PLANE_COLOURS } from "@/viewer/overlay";
import type { Viewer } from "@/viewer/viewer";
import { createOperationRunner } from "@/workers/operationRunner";
import { createSlabSource } from "@/workers/slabSource";
import type { SlabIndex } from "@/workers/slabIndex";
import styles from "./workstation.module.css";
import { useViewerState } from "./useViewerState";

const TITLES: Readonly<Record<Plane, string>> = { sagittal: "Sagittal", coronal: "Coronal", axial: "Axial" };

interface Props {
  readonly index: SlabIndex;
  readonly mask: Uint8Array;
  readonly canEdit: boolean;
  readonly activeLabel: number;
  readonly layout: Layout;
  readonly viewer: Viewer | null;
  readonly onViewer: (viewer: Viewer | null) => void;
  readonly onFailure: (error: unknown) => void;
}

/** The three planes, and the viewer's life: made when they are there, ended when they go. */
export function Planes({ index, mask, canEdit, activeLabel, layout, viewer, onViewer, onFailure }: Props) {
  const elements = useRef<Partial<Record<Plane, HTMLDivElement>>>({});
  const [large, setLarge] = useState<Plane | null>(null);
  const start = useRef({ canEdit, activeLabel });

  useEffect(() => {
    const { sagittal, coronal, axial } = elements.current;
    if (!sagittal || !coronal || !axial) return undefined;
    let ended = false;
    const source = createSlabSource(index);
    const made = createViewer({ sagittal, coronal, axial }, { volume: source, runner: createOperationRunner(), mask, ...start.current });
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

  return (
    <div className={styles["planes"]} data-layout={large ? "one" : layout} data-testid="planes">
      {PLANES.map((plane) => (
        <section key={plane} className={styles["plane"]} data-plane={plane} data-large={large === plane} aria-label={`${TITLES[plane]} plane`}>
          <div
            className={styles["surface"]}
            // The picture takes keys (arrows walk slices), so it must take the focus.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={0}
            role="application"
            aria-label={`${TITLES[plane]} picture: wheel or arrow keys change the slice`}
            data-testid={`plane-${plane}`}
            ref={(element) => {
              if (element) elements.current[plane] = element;
            }}
          />
          {viewer && <PlaneTitle viewer={viewer} plane={plane} />}
          <Tooltip label={large === plane ? "Back to all planes" : "This plane alone"}>
            <ActionIcon
              className={styles["enlarge"] ?? ""}
              size={24}
              variant="subtle"
              color="gray"
              aria-label={large === plane ? "Back to all planes" : `${TITLES[plane]} plane alone`}
              onClick={() => setLarge(large === plane ? null : plane)}
            >
              {large === plane ? <IconArrowsDiagonalMinimize2 size={15} /> : <IconArrowsDiagonal size={15} />}
            </ActionIcon>
          </Tooltip>
        </section>
      ))}
    </div>
  );
}

function PlaneTitle({ viewer, plane }: { readonly viewer: Viewer; readonly plane: Plane }) {
  const { crosshair } = useViewerState(viewer);
  const viewport = viewer.viewportOf(plane);
  return (
    <div className={styles["planeTitle"]}>
      <span className={styles["planeDot"]} style={{ background: PLANE_COLOURS[plane] }} />
      {TITLES[plane]} {(crosshair[viewport.view.throughAxis] ?? 0) + 1} / {viewport.sliceCount}
    </div>
  );
}
