import { useCallback, useEffect, useRef } from "react";
import type { Outbox } from "@/state/outbox/outbox";

/** Hands off mouse and keyboard for longer than this is not work. */
const IDLE_MS = 60_000;
const TICK_MS = 1000;
/** So much work makes a report. */
const REPORT_S = 60;

/** Seconds that no report has yet. Once it is closed its content stands: written down again it is the same report. */
interface Count {
  readonly id: string;
  readonly seconds: number;
  readonly closed: boolean;
}

const keyOf = (assignmentId: string, userId: string): string => `vertebase-active-${assignmentId}-${userId}`;
const fresh = (): Count => ({ id: crypto.randomUUID(), seconds: 0, closed: false });

function readCount(key: string): Count {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    if (typeof kept === "object" && kept !== null && "id" in kept && "seconds" in kept)
      return { closed: false, ...(kept as Omit<Count, "closed">) };
  } catch {
    // Not written by us: it says nothing about time.
  }
  return fresh();
}

/**
 * Counts work at an assignment: the tab is seen and somebody moves. Reports go to the outbox in increments that
 * each have an id, so that none is counted twice.
 *
 * @returns what closes the present count and reports it; resolves when it is on disk
 */
export function useActiveTime(outbox: Outbox, userId: string, counts: boolean): () => Promise<void> {
  const key = keyOf(outbox.assignmentId, userId);
  const count = useRef<Count>(fresh());

  const report = useCallback(async (): Promise<void> => {
    const { id, seconds } = count.current;
    if (seconds < 1) return;
    count.current = fresh();
    localStorage.setItem(key, JSON.stringify({ id, seconds, closed: true }));
    await outbox.add({ kind: "time", seconds }, id);
    if (readCount(key).id === id) localStorage.removeItem(key);
  }, [outbox, key]);

  useEffect(() => {
    if (!counts) return undefined;
    count.current = readCount(key);
    if (count.current.closed) void report();
    let lastSign = Date.now();
    const sign = (): void => {
      lastSign = Date.now();
    };
    const events = ["pointermove", "pointerdown", "keydown", "wheel"] as const;
    for (const event of events) window.addEventListener(event, sign, { passive: true });
    const timer = window.setInterval(() => {
      if (document.visibilityState !== "visible" || Date.now() - lastSign > IDLE_MS) return;
      count.current = { ...count.current, seconds: count.current.seconds + TICK_MS / 1000 };
      localStorage.setItem(key, JSON.stringify(count.current));
      if (count.current.seconds >= REPORT_S) void report();
    }, TICK_MS);
    return () => {
      for (const event of events) window.removeEventListener(event, sign);
      window.clearInterval(timer);
    };
  }, [key, counts, report]);

  return report;
}
