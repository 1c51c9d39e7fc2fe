import { useEffect, useRef, useState } from "react";
import { decimal, t } from "@/i18n";
import { exposeStraight, StraightView, unavailableIn, type Viewer } from "@/viewer";
import { useViewerState } from "./useViewerState";
import styles from "./workstation.module.css";

/** The spine laid straight along its centres. */
export function StraightPane({ viewer }: { readonly viewer: Viewer }) {
  const element = useRef<HTMLDivElement>(null);
  const [lateral, setLateral] = useState(0);
  const reason = unavailableIn(useViewerState(viewer));
  useEffect(() => {
    if (!element.current) return undefined;
    const view = new StraightView(element.current, viewer);
    setLateral(view.lateral);
    const stop = viewer.subscribe(() => setLateral(view.lateral));
    const hide = exposeStraight(view);
    return () => {
      stop();
      hide();
      view.dispose();
    };
  }, [viewer]);
  return (
    <>
      <div
        ref={element}
        className={styles["surface"]}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="application"
        aria-label={t(
          "Straightened spine: the wheel goes sideways, tools edit the original volume, brushes as spheres",
        )}
        data-testid="pane-straight"
      />
      <div className={styles["planeTitle"]}>
        {t("Straightened {{lateral}}", {
          lateral:
            Math.abs(lateral) < 0.05
              ? t("on the line")
              : t("{{lateral}} mm {{lateral2}} of it", {
                  lateral: decimal(Math.abs(lateral).toFixed(1)),
                  lateral2: lateral > 0 ? t("left") : t("right"),
                }),
        })}
      </div>
      {reason !== null && (
        <div className={styles["paneReason"]} role="note" data-testid="straight-unavailable">
          {reason}
        </div>
      )}
    </>
  );
}
