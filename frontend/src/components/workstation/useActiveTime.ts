import { useCallback, useEffect, useRef } from "react";

/** Hands off mouse and keyboard for longer than this is not work. */
const IDLE_MS = 60_000;
const TICK_MS = 1000;

const keyOf = (assignmentId: string): string => `vertebase-active-${assignmentId}`;

/** Seconds of work at an assignment: the tab is seen and somebody moves. Survives a reload. */
export function useActiveTime(assignmentId: string): { read: () => number; clear: () => void } {
  const seconds = useRef(0);

  useEffect(() => {
    seconds.current = Number(localStorage.getItem(keyOf(assignmentId)) ?? 0) || 0;
    let lastSign = Date.now();
    const sign = (): void => {
      lastSign = Date.now();
    };
    const events = ["pointermove", "pointerdown", "keydown", "wheel"] as const;
    for (const event of events) window.addEventListener(event, sign, { passive: true });
    const timer = window.setInterval(() => {
      if (document.visibilityState !== "visible" || Date.now() - lastSign > IDLE_MS) return;
      seconds.current += TICK_MS / 1000;
      localStorage.setItem(keyOf(assignmentId), String(Math.round(seconds.current)));
    }, TICK_MS);
    return () => {
      for (const event of events) window.removeEventListener(event, sign);
      window.clearInterval(timer);
    };
  }, [assignmentId]);

  const read = useCallback(() => Math.round(seconds.current), []);
  const clear = useCallback(() => localStorage.removeItem(keyOf(assignmentId)), [assignmentId]);
  return { read, clear };
}
