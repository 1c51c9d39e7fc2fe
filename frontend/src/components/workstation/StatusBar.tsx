import { Progress } from "@mantine/core";
import { useEffect, useState } from "react";
import { decimal, t } from "@/i18n";
import { nameOf } from "@/domain/labels";
import { drawingAtHand, type CursorReadout, type Viewer } from "@/viewer";
import { useViewerState } from "./useViewerState";
import styles from "./workstation.module.css";

const mm = (value: number): string => decimal(value.toFixed(1));

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
          <strong>
            {cursor.label > 0
              ? nameOf(cursor.label)
              : near
                ? t("near {{near}}", { near: nameOf(near) })
                : t("background")}
          </strong>
          <span>{t("{{hu}} HU", { hu: cursor.hu })}</span>
          <span>{t("voxel {{voxel}}", { voxel: cursor.voxel.join(", ") })}</span>
          <span>
            {t("R {{rasMm}} A {{rasMm2}} S {{rasMm3}} mm", {
              rasMm: mm(cursor.rasMm[0]),
              rasMm2: mm(cursor.rasMm[1]),
              rasMm3: mm(cursor.rasMm[2]),
            })}
          </span>
        </>
      ) : (
        <span>{t("Point at a plane to read density and place")}</span>
      )}
      <div className={styles["spacer"]} />
      {drawingAtHand() === "processor" && (
        <span data-testid="no-graphics-card">{t("No graphics card: the planes are drawn by the processor")}</span>
      )}
      <span>
        {t("Window {{centre}} / {{width}}", { centre: Math.round(window.centre), width: Math.round(window.width) })}
      </span>
      {loading.error && (
        <strong role="alert">{t("The CT is not complete: {{error}}", { error: loading.error })}</strong>
      )}
      {!complete && !loading.error && (
        <>
          <span>{t("CT {{loaded}} / {{total}}", { loaded: loading.loaded, total: loading.total })}</span>
          <Progress value={(100 * loading.loaded) / loading.total} w={120} size="sm" aria-label={t("CT loaded")} />
        </>
      )}
    </footer>
  );
}
