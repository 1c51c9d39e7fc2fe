import { Button, Loader } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { t } from "@/i18n";
import type { SaveStatus } from "@/state/outbox/status";
import { exposeSurfaces, SurfaceView, type Viewer } from "@/viewer";
import { useSurfaces, type SurfaceState } from "./useSurfaces";
import styles from "./viewing.module.css";
import shared from "./workstation.module.css";

interface Props {
  /** Where the surfaces are; one and the same for a mask. */
  readonly url: string;
  readonly viewer: Viewer;
  readonly status: SaveStatus | null;
}

const SIDES = [
  ["front", t("Front")],
  ["left", t("Left")],
  ["back", t("Back")],
  ["right", t("Right")],
] as const;

/** The vertebrae in 3D. There while the layout shows it; it draws only when something has changed. */
export function SurfacePane({ url, viewer, status }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<SurfaceView | null>(null);

  useEffect(() => {
    if (!element.current) return undefined;
    const made = new SurfaceView(element.current, {
      picked: (label, atRasMm) => {
        viewer.setActiveLabel(label);
        viewer.jumpTo(atRasMm);
      },
    });
    const follow = (): void => {
      const { hidden, activeLabel, crosshair, crosshairVisible } = viewer.getState();
      made.show({
        hidden,
        active: activeLabel,
        crosshairRasMm: crosshairVisible ? viewer.geometry.voxelToRasMm(crosshair) : null,
      });
    };
    follow();
    const stop = viewer.subscribe(follow);
    setView(made);
    const hide = exposeSurfaces(made);
    return () => {
      stop();
      setView(null);
      hide();
      made.dispose();
    };
  }, [viewer]);

  const { state, retry } = useSurfaces({ url, viewer, view, status });
  return (
    <>
      <div
        ref={element}
        className={shared["surface"]}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="application"
        aria-label={t(
          "Vertebrae in 3D: drag or arrow keys turn, wheel or plus and minus zoom, a click goes to a vertebra",
        )}
        data-testid="pane-three"
      />
      <div className={styles["sides"]} role="group" aria-label={t("Look from")}>
        {SIDES.map(([side, name]) => (
          <Button key={side} size="compact-xs" variant="default" onClick={() => view?.lookFrom(side)}>
            {name}
          </Button>
        ))}
      </div>
      <SurfaceNote state={state} onRetry={retry} isSaved={status === null || status.kind === "saved"} />
    </>
  );
}

function SurfaceNote({
  state,
  onRetry,
  isSaved,
}: {
  readonly state: SurfaceState;
  readonly onRetry: () => void;
  readonly isSaved: boolean;
}) {
  const text = {
    loading: t("Loading the surfaces"),
    stale:
      state.kind === "stale" && (state.fetching || isSaved)
        ? t("Updating after your edits")
        : t("Older than your edits: waiting until they are saved"),
    failed:
      state.kind === "failed" ? t("The surfaces could not be loaded: {{message}}", { message: state.message }) : "",
    current: "",
  }[state.kind];
  return (
    <div className={styles["note"]} role="status" data-testid="surface-state" data-kind={state.kind}>
      {(state.kind === "loading" || (state.kind === "stale" && state.fetching)) && <Loader size={12} />}
      {text}
      {state.kind === "failed" && (
        <Button size="compact-xs" variant="default" onClick={onRetry}>
          {t("Try again")}
        </Button>
      )}
    </div>
  );
}
