import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useEffect, useMemo, useRef } from "react";
import { t } from "@/i18n";
import { cssColourOf, nameOf } from "@/domain/labels";
import { THUMBNAIL, Thumbnails, type Viewer } from "@/viewer";
import { GradeMark, type GradesShown } from "./GradeMark";
import { LookedMark, type LookedState } from "./LookedMark";
import styles from "./viewing.module.css";
import type { PageState } from "./useViewerState";

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
  readonly labels: readonly number[];
  /** Null where nobody grades. */
  readonly grades: GradesShown | null;
  /** Vertebrae that are ticked as looked at, and those that have changed since; null where nobody ticks. */
  readonly looked?: ReadonlyMap<number, LookedState> | null;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
}

/** Where an arrow key leads from a place in the strip, or null for other keys. */
function destination(key: string, at: number, count: number): number | null {
  switch (key) {
    case "ArrowRight":
    case "ArrowDown":
      return Math.min(count - 1, at + 1);
    case "ArrowLeft":
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

/** The spine from head to foot in small pictures: a click or the arrow keys go to a vertebra, a double click zooms to it. */
export function VertebraStrip(props: Props) {
  const { viewer, state, labels, grades, looked, open, onOpen } = props;
  const list = useRef<HTMLUListElement>(null);
  const thumbnails = useMemo(() => new Thumbnails(viewer), [viewer]);
  useEffect(() => {
    thumbnails.start();
    return () => thumbnails.stop();
  }, [thumbnails]);

  const present = new Set(state.levels.map(({ label }) => label));
  const walk = (event: React.KeyboardEvent): void => {
    const to = destination(event.key, labels.indexOf(state.activeLabel), labels.length);
    const label = to === null ? undefined : labels[to];
    if (label === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    viewer.goToLevel(label);
    list.current?.querySelector<HTMLButtonElement>(`[data-label="${label}"]`)?.focus();
  };

  return (
    <section className={styles["strip"]} data-open={open} aria-label={t("Vertebrae in pictures")}>
      <Tooltip label={open ? t("Fold the pictures away") : t("Show the vertebrae in pictures")} position="left">
        <ActionIcon
          className={styles["stripFold"] ?? ""}
          size={20}
          variant="subtle"
          color="gray"
          aria-expanded={open}
          aria-label={t("Vertebrae in pictures")}
          data-testid="strip-fold"
          onClick={() => onOpen(!open)}
        >
          {open ? <IconChevronDown size={14} /> : <IconChevronUp size={14} />}
        </ActionIcon>
      </Tooltip>
      {open && (
        // The keys work on the buttons inside; the list only hears of them.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <ul ref={list} className={styles["frames"]} data-testid="vertebra-strip" onKeyDown={walk}>
          {labels.map((label) => {
            const isActive = label === state.activeLabel;
            return (
              <li key={label}>
                <button
                  type="button"
                  className={styles["frame"]}
                  data-label={label}
                  data-active={isActive}
                  data-looked={looked?.get(label)}
                  aria-current={isActive}
                  tabIndex={isActive || (!labels.includes(state.activeLabel) && label === labels[0]) ? 0 : -1}
                  data-testid={`strip-${nameOf(label)}`}
                  style={{ borderTopColor: cssColourOf(label) }}
                  title={nameOf(label)}
                  onClick={() => viewer.goToLevel(label)}
                  onDoubleClick={() => viewer.zoomToLevel(label)}
                >
                  <Picture label={label} thumbnails={thumbnails} />
                  <span className={styles["frameFoot"]}>
                    <strong>{nameOf(label)}</strong>
                    <LookedMark state={looked?.get(label)} />
                    {!present.has(label) && <span className={styles["missing"]}>{t("none")}</span>}
                    {grades?.gradable.has(label) && present.has(label) && <GradeMark label={label} grades={grades} />}
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function Picture({ label, thumbnails }: { readonly label: number; readonly thumbnails: Thumbnails }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => (canvas.current ? thumbnails.attach(label, canvas.current) : undefined), [label, thumbnails]);
  return <canvas ref={canvas} width={THUMBNAIL.width} height={THUMBNAIL.height} aria-hidden />;
}
