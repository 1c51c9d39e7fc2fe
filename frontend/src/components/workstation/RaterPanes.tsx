import { CloseButton, SegmentedControl } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { notifyFailure } from "@/components/common/notify";
import type { Plane } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
import { OWN_MASK, type PaneMask, type Viewer } from "@/viewer";
import { sourceName } from "./ComparePanel";
import { colourOfSource, OWN, type Comparing } from "./useComparing";
import styles from "./workstation.module.css";

interface Props {
  readonly viewer: Viewer;
  readonly comparing: Comparing;
}

/** Each rater's mask in a picture of its own, all of one plane: cameras, slice and crosshair are shared. */
export function RaterPanes({ viewer, comparing }: Props) {
  const [plane, setPlane] = useState<Plane>("sagittal");
  const keys = [OWN, ...comparing.keys.filter((key) => comparing.maskOf(key) !== undefined)];
  const columns = Math.ceil(Math.sqrt(keys.length));
  return (
    <section className={styles["raterPanes"]} aria-label="Raters side by side" data-testid="rater-panes">
      <header className={styles["raterPanesHead"]}>
        <SegmentedControl
          size="xs"
          value={plane}
          onChange={(value) => setPlane(value as Plane)}
          data={[
            { value: "sagittal", label: "Sagittal" },
            { value: "coronal", label: "Coronal" },
            { value: "axial", label: "Axial" },
          ]}
          aria-label="Plane shown side by side"
        />
        <CloseButton aria-label="Back to the planes" onClick={comparing.toggleSideBySide} />
      </header>
      <div className={styles["raterPanesGrid"]} style={{ gridTemplateColumns: `repeat(${columns}, 1fr)` }}>
        {keys.map((key) => (
          <RaterPane
            key={`${plane}-${key}`}
            viewer={viewer}
            plane={plane}
            source={key}
            mask={key === OWN ? undefined : comparing.maskOf(key)}
          />
        ))}
      </div>
    </section>
  );
}

interface PaneProps {
  readonly viewer: Viewer;
  readonly plane: Plane;
  readonly source: string;
  readonly mask: LabelArray | undefined;
}

function RaterPane({ viewer, plane, source, mask }: PaneProps) {
  const element = useRef<HTMLDivElement>(null);
  const shown = useMemo((): PaneMask => (mask ? { kind: "mask", mask } : OWN_MASK), [mask]);
  const id = `rater-${plane}-${source}`;
  useEffect(() => {
    if (!element.current) return undefined;
    viewer
      .addPane(id, plane, element.current, shown)
      .catch((error: unknown) => notifyFailure(error, "A picture could not be shown"));
    return () => viewer.removePane(id);
  }, [viewer, id, plane, shown]);
  return (
    <div className={styles["plane"]} data-testid={`pane-${source}`}>
      <div
        className={styles["surface"]}
        ref={element}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- arrow keys walk its slices
        tabIndex={0}
        role="application"
        aria-label={`${sourceName(source)}: wheel or arrow keys change the slice`}
      />
      <div className={styles["planeTitle"]}>
        <span
          className={styles["planeDot"]}
          style={{ background: source === OWN ? "var(--mantine-color-petrol-4)" : colourOfSource(source) }}
        />
        {sourceName(source)}
      </div>
    </div>
  );
}
