import { Progress } from "@mantine/core";
import { useEffect, useState } from "react";
import { nameOf } from "@/domain/labels";
import { drawingAtHand, type CursorReadout, type Viewer } from "@/viewer";
import { useViewerState } from "./useViewerState";
import styles from "./workstation.module.css";

const mm = (value: number): string => value.toFixed(1);

/** Level, density and place under the mouse; how much of the CT is there. */
export function StatusBar({ viewer }: { readonly viewer: Viewer }) {
  const { loading, window } = useViewerState(viewer);
  const [cursor, setCursor] = useState<CursorReadout | null>(null);
  useEffect(() => viewer.on("cursor", setCursor), [viewer]);
  const near = cursor ? viewer.levelAt(cursor.voxel) : null;
  const complete = loading.loaded === loading.total;
  return (
    <footer className={styles["status"]} data-testid="status-bar">
      {cursor ? (
        <>
          <strong>{cursor.label > 0 ? nameOf(cursor.label) : near ? `near ${nameOf(near)}` : "background"}</strong>
          <span>{cursor.hu} HU</span>
          <span>voxel {cursor.voxel.join(", ")}</span>
          <span>
            R {mm(cursor.rasMm[0])} A {mm(cursor.rasMm[1])} S {mm(cursor.rasMm[2])} mm
          </span>
        </>
      ) : (
        <span>Point at a plane to read density and place</span>
      )}
      <div className={styles["spacer"]} />
      {drawingAtHand() === "processor" && (
        <span data-testid="no-graphics-card">No graphics card: the planes are drawn by the processor</span>
      )}
      <span>
        Window {Math.round(window.centre)} / {Math.round(window.width)}
      </span>
      {loading.error && <strong role="alert">The CT is not complete: {loading.error}</strong>}
      {!complete && !loading.error && (
        <>
          <span>
            CT {loading.loaded} / {loading.total}
          </span>
          <Progress value={(100 * loading.loaded) / loading.total} w={120} size="sm" aria-label="CT loaded" />
        </>
      )}
    </footer>
  );
}
