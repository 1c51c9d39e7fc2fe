import { Button, Group } from "@mantine/core";
import { IconRoute } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { t } from "@/i18n";
import { useUpdateMe } from "@/state/account";
import { useMe } from "@/state/session";
import { TOUR_OVER, tourSteps, wantsTour, type TourStep } from "./tour";
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
}

/** A line above the pictures, which covers nothing; what it speaks of is outlined. */
export function Tour({ tour, kind, canEdit }: Props) {
  const steps = tourSteps(kind, canEdit);
  const step = tour.at === null ? undefined : steps[tour.at];
  useOutlined(step);
  if (tour.at === null || step === undefined) return null;
  const { at, go, end } = tour;
  const isLast = at === steps.length - 1;
  return (
    <section className={styles["banner"]} aria-label={t("Tour")} data-testid="tour">
      <IconRoute size={18} aria-hidden />
      <span style={{ flex: 1 }} role="status">
        <strong>{t("{{at}} of {{steps}}, {{title}}:", { at: at + 1, steps: steps.length, title: step.title })}</strong>{" "}
        {step.text}
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

/** Outline what the step is about while it is shown. */
function useOutlined(step: TourStep | undefined): void {
  const target = step?.target;
  useEffect(() => {
    const shown = target === undefined ? null : document.querySelector(`#workstation ${target}`);
    shown?.setAttribute("data-toured", "true");
    return () => shown?.removeAttribute("data-toured");
  }, [target]);
}
