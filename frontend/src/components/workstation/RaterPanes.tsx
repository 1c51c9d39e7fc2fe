import { CloseButton, SegmentedControl } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { t } from "@/i18n";
import { notifyFailure } from "@/components/common/notify";
import type { Plane } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
import { OWN_MASK, type PaneMask, type Viewer } from "@/viewer";
import styles from "./workstation.module.css";

export interface MaskPane {
  readonly key: string;
  readonly title: string;
  /** CSS colour of its dot. */
  readonly colour: string;
  /** The mask of the planes where it is left out. */
  readonly mask?: LabelArray | undefined;
}

interface Props {
  readonly viewer: Viewer;
  readonly panes: readonly MaskPane[];
  readonly onClose: () => void;
}

/** Each mask in a picture of its own, all of one plane: cameras, slice and crosshair are shared. */
export function RaterPanes({ viewer, panes, onClose }: Props) {
  const [plane, setPlane] = useState<Plane>("sagittal");
  const columns = Math.ceil(Math.sqrt(panes.length));
  return (
    <section
      className={styles["raterPanes"]}
      aria-label={t("Masks side by side")}
      data-panes="over"
      data-testid="rater-panes"
    >
      <header className={styles["raterPanesHead"]}>
        <SegmentedControl
          size="xs"
          value={plane}
          onChange={(value) => setPlane(value as Plane)}
          data={[
            { value: "sagittal", label: t("Sagittal") },
            { value: "coronal", label: t("Coronal") },
            { value: "axial", label: t("Axial") },
          ]}
          aria-label={t("Plane shown side by side")}
        />
        <CloseButton aria-label={t("Back to the planes")} onClick={onClose} />
      </header>
      <div className={styles["raterPanesGrid"]} style={{ gridTemplateColumns: `repeat(${columns}, 1fr)` }}>
        {panes.map((pane) => (
          <RaterPane key={`${plane}-${pane.key}`} viewer={viewer} plane={plane} pane={pane} />
        ))}
      </div>
    </section>
  );
}

interface PaneProps {
  readonly viewer: Viewer;
  readonly plane: Plane;
  readonly pane: MaskPane;
}

function RaterPane({ viewer, plane, pane: { key, title, colour, mask } }: PaneProps) {
  const element = useRef<HTMLDivElement>(null);
  const shown = useMemo((): PaneMask => (mask ? { kind: "mask", mask } : OWN_MASK), [mask]);
  const id = `rater-${plane}-${key}`;
  useEffect(() => {
    if (!element.current) return undefined;
    viewer
      .addPane(id, plane, element.current, shown)
      .catch((error: unknown) => notifyFailure(error, t("A picture could not be shown")));
    return () => viewer.removePane(id);
  }, [viewer, id, plane, shown]);
  return (
    <div className={styles["plane"]} data-testid={`pane-${key}`}>
      <div
        className={styles["surface"]}
        ref={element}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- arrow keys walk its slices
        tabIndex={0}
        role="application"
        aria-label={t("{{title}}: wheel or arrow keys change the slice", { title })}
      />
      <div className={styles["planeTitle"]}>
        <span className={styles["planeDot"]} style={{ background: colour }} />
        {title}
      </div>
    </div>
  );
}
