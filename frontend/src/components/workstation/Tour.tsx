import { Button, Group } from "@mantine/core";
import { IconRoute } from "@tabler/icons-react";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { t } from "@/i18n";
import { useUpdateMe } from "@/state/account";
import { useMe } from "@/state/session";
import type { Viewer } from "@/viewer";
import { sightOf, TOUR_OVER, type TourSight, tourSteps, type TourStep, wantsTour } from "./tour";
import { type PageState, useCrosshair } from "./useViewerState";
import styles from "./workstation.module.css";

export interface TourState {
  /** Null while no tour is taken. */
  readonly at: number | null;
  readonly go: (at: number) => void;
  /** Finished or left: the account remembers. */
  readonly end: () => void;
}

/** The tour is taken on somebody's first task, until they finish or leave it, and again when they ask for it. */
export function useTour(isWorking: boolean): TourState {
  const me = useMe();
  const { mutate } = useUpdateMe();
  const [at, setAt] = useState<number | null>(() => (isWorking && wantsTour(me.preferences) ? 0 : null));
  return {
    at,
    go: setAt,
    end: () => {
      setAt(null);
      if (wantsTour(me.preferences)) mutate({ preferences: { tour: TOUR_OVER } });
    },
  };
}

interface Props {
  readonly tour: TourState;
  readonly kind: Parameters<typeof tourSteps>[0];
  readonly canEdit: boolean;
  /** Null until there is something to see. */
  readonly sight: TourSight | null;
}

/** A line above the pictures, which covers nothing; what it speaks of is outlined. */
export function Tour({ tour, kind, canEdit, sight }: Props) {
  const steps = tourSteps(kind, canEdit);
  const step = tour.at === null ? undefined : steps[tour.at];
  useOutlined(step);
  useFollowed(tour, step, sight);
  if (tour.at === null || step === undefined) return null;
  const { at, go, end } = tour;
  const isLast = at === steps.length - 1;
  return (
    <section className={styles["banner"]} aria-label={t("Tour")} data-testid="tour">
      <IconRoute size={18} aria-hidden />
      <span style={{ flex: 1 }} role="status">
        <strong>{t("{{at}} of {{steps}}, {{title}}:", { at: at + 1, steps: steps.length, title: step.title })}</strong>{" "}
        {step.text}
        {step.isDone && <> {t("Try it, and the tour goes on.")}</>}
      </span>
      <Group gap={6} wrap="nowrap">
        <Button size="compact-xs" variant="subtle" color="gray" onClick={end} data-testid="leave-tour">
          {isLast ? t("Close") : t("Leave the tour")}
        </Button>
        <Button size="compact-xs" variant="default" disabled={at === 0} onClick={() => go(at - 1)}>
          {t("Previous")}
        </Button>
        <Button size="compact-xs" onClick={() => (isLast ? end() : go(at + 1))} data-testid="next-step">
          {isLast ? t("Done") : t("Next")}
        </Button>
      </Group>
    </section>
  );
}

interface WatchingProps extends Omit<Props, "sight"> {
  readonly viewer: Viewer;
  readonly state: PageState;
  readonly tab: string;
}

/** The tour beside pictures: it alone is drawn anew when the planes look elsewhere. */
export function WatchingTour({ viewer, state, tab, ...props }: WatchingProps) {
  const crosshair = useCrosshair(viewer);
  return <Tour {...props} sight={sightOf({ ...state, crosshair }, tab)} />;
}

/** Outline what the step is about while it is shown. */
function useOutlined(step: TourStep | undefined): void {
  const target = step?.target;
  useEffect(() => {
    const shown = target === undefined ? null : document.querySelector(`#workstation ${target}`);
    shown?.setAttribute("data-toured", "true");
    return () => shown?.removeAttribute("data-toured");
  }, [target]);
}

const GESTURES = ["pointerdown", "keydown", "wheel"] as const;

/** Go on when somebody has done what the step speaks of; what moves without a hand on mouse or keys does not count. */
function useFollowed({ at, go }: TourState, step: TourStep | undefined, sight: TourSight | null): void {
  /** As it was when the hand came down. */
  const before = useRef<TourSight | null>(null);
  const note = useEffectEvent(() => {
    before.current = sight;
  });
  useEffect(() => {
    before.current = null;
    if (at === null) return;
    const noteNow = () => note();
    for (const gesture of GESTURES) window.addEventListener(gesture, noteNow, { capture: true, passive: true });
    return () => {
      for (const gesture of GESTURES) window.removeEventListener(gesture, noteNow, { capture: true });
    };
  }, [at]);
  useEffect(() => {
    if (at === null || before.current === null || sight === null) return;
    if (step?.isDone?.(before.current, sight)) go(at + 1);
  }, [at, step, sight, go]);
}
