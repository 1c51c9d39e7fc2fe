/** The live connection of a project's pages: opens, survives drops, and feeds the query cache. */

import { notifications } from "@mantine/notifications";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { t } from "@/i18n";
import { parseProjectMessage, type ProjectMessage } from "@/api/socket";
import type { Job, Page, Run, Series } from "@/api/types";
import { IncomingError } from "@/domain/incoming";
import { keys } from "./keys";
import { type Effect, type LastSeq, reconcile } from "./reconcile";

export type Connection = "connecting" | "live" | "reconnecting" | "refused";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;
/** A silent loss shows when the server's number is ahead of ours. */
const PING_EVERY_MS = 30_000;
/** Close codes of ours: not signed in, or not (any longer) allowed to listen. */
const REFUSALS: readonly number[] = [4401, 4403, 4404];

/** Time to wait before attempt number `attempt` (from 0), doubled each time, with up to a quarter of jitter. */
function reconnectDelay(attempt: number, random: () => number = Math.random): number {
  const base = Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
  return Math.round(base * (1 + random() / 4));
}

let connection: Connection = "connecting";
const listeners = new Set<() => void>();

function setConnection(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of listeners) listener();
}

/** Whether what the page shows is live. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}

/** Keeps the project's socket open while the calling component is mounted. */
export function useProjectSocket(slug: string | null): void {
  const client = useQueryClient();
  useEffect(() => {
    if (slug === null) return undefined;
    return openProjectSocket(slug, client);
  }, [slug, client]);
}

/** Opens the socket and returns what closes it. */
export function openProjectSocket(slug: string, client: QueryClient): () => void {
  let closed = false;
  let attempt = 0;
  let last: LastSeq = null;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const connect = () => {
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    const opened = new WebSocket(`${scheme}://${window.location.host}/ws/projects/${slug}/`);
    socket = opened;
    opened.onmessage = ({ data }) => {
      let message: ProjectMessage;
      try {
        message = parseProjectMessage(String(data));
      } catch (error) {
        // What it told is lost; the number of the next one shows that, and all is read anew.
        sayUnreadable(error);
        return;
      }
      attempt = 0;
      setConnection("live");
      const result = reconcile(last, message);
      last = result.last;
      for (const effect of result.effects) applyEffect(client, slug, effect);
      if (message.type === "case" && message.isComment) announceComment(message.id);
    };
    opened.onclose = ({ code }) => {
      if (closed) return;
      if (REFUSALS.includes(code)) {
        setConnection("refused");
        return;
      }
      setConnection("reconnecting");
      timer = setTimeout(connect, reconnectDelay(attempt));
      attempt += 1;
    };
  };

  const ping = setInterval(() => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "ping" }));
  }, PING_EVERY_MS);

  // A laptop that wakes up, or a network that is back, should not wait for the timer.
  const wake = () => {
    if (socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(timer);
    attempt = 0;
    connect();
  };
  window.addEventListener("online", wake);
  setConnection("connecting");
  connect();
  return () => {
    closed = true;
    clearTimeout(timer);
    clearInterval(ping);
    window.removeEventListener("online", wake);
    socket?.close();
  };
}

/** Said once, however many come: reading the page anew is all that helps. */
function sayUnreadable(error: unknown): void {
  if (!(error instanceof IncomingError)) throw error;
  notifications.show({
    id: "unreadable-news",
    color: "red",
    title: t("This page is older than the server. Load it again"),
    message: error.message,
    autoClose: false,
  });
}

/** Sent only to those who may read it, and not to whoever wrote it. */
function announceComment(caseId: string | null): void {
  notifications.show({
    id: `comment-${caseId ?? ""}`,
    message: t("There is a new note on a case you take part in."),
    color: "petrol",
  });
}

export function applyEffect(client: QueryClient, slug: string, effect: Effect): void {
  switch (effect.kind) {
    case "refetchProject":
      void client.invalidateQueries({ queryKey: keys.project(slug) });
      void client.invalidateQueries({ queryKey: ["project-part", slug] });
      for (const part of ["batch", "series", "run", "case", "comments", "release"]) {
        void client.invalidateQueries({ queryKey: [part] });
      }
      void client.invalidateQueries({ queryKey: keys.myWork });
      return;
    case "patchJob":
      patchJob(client, slug, effect);
      return;
    case "patchRun":
      patchRun(client, slug, effect);
      return;
    case "invalidate":
      invalidate(client, slug, effect);
  }
}

function patchJob(client: QueryClient, slug: string, { job }: Extract<Effect, { kind: "patchJob" }>): void {
  let known = false;
  const change = (old: Job): Job => {
    if (old.id !== job.id) return old;
    known = true;
    return { ...old, state: job.state, progress: job.progress, message: job.message || old.message };
  };
  client.setQueriesData<Job[]>({ queryKey: keys.projectPart(slug, "jobs") }, (jobs) => jobs?.map(change));
  client.setQueriesData<{ job: Job | null }>({ queryKey: ["batch"] }, (batch) =>
    batch?.job ? { ...batch, job: change(batch.job) } : batch,
  );
  if (!known) void client.invalidateQueries({ queryKey: keys.projectPart(slug, "jobs") });
}

function patchRun(client: QueryClient, slug: string, run: Extract<Effect, { kind: "patchRun" }>): void {
  const news = { state: run.state, ...(run.progress !== null && { progress: run.progress }) };
  client.setQueryData<Run>(keys.run(run.runId), (old) => (old === undefined ? old : { ...old, ...news }));
  const inSeries = (series: Series): Series =>
    series.run?.id === run.runId ? { ...series, run: { ...series.run, ...news } } : series;
  let known = false;
  client.setQueriesData<Page<Series>>({ queryKey: keys.projectPart(slug, "series") }, (page) => {
    if (page === undefined) return page;
    known ||= page.results.some((series) => series.run?.id === run.runId);
    return { ...page, results: page.results.map(inSeries) };
  });
  client.setQueriesData<Series>({ queryKey: ["series"] }, (series) => series && inSeries(series));
  // A stage that ended changes the list of stages, which the message does not carry.
  if (run.stage !== null) void client.invalidateQueries({ queryKey: keys.run(run.runId) });
  if (!known) void client.invalidateQueries({ queryKey: keys.projectPart(slug, "series") });
}

function invalidate(client: QueryClient, slug: string, { what, id }: Extract<Effect, { kind: "invalidate" }>): void {
  const refetch = (queryKey: readonly unknown[]) => void client.invalidateQueries({ queryKey });
  switch (what) {
    case "jobs":
      refetch(keys.projectPart(slug, "jobs"));
      return;
    case "runs":
      refetch(keys.projectPart(slug, "runs"));
      if (id !== null) refetch(keys.run(id));
      return;
    case "series":
      refetch(keys.projectPart(slug, "series"));
      refetch(["series"]);
      refetch(keys.project(slug));
      return;
    case "batch":
      refetch(id === null ? ["batch"] : keys.batch(id));
      refetch(keys.projectPart(slug, "batches"));
      refetch(keys.projectPart(slug, "series"));
      refetch(keys.projectPart(slug, "quarantine"));
      refetch(keys.projectPart(slug, "same-scans"));
      refetch(keys.projectPart(slug, "held-masks"));
      refetch(keys.project(slug));
      return;
    case "case":
      refetch(["comments"]);
      invalidate(client, slug, { kind: "invalidate", what: "assignment", id });
      return;
    case "board":
    case "assignment":
      refetch(keys.projectPart(slug, "board"));
      refetch(keys.projectPart(slug, "cases"));
      refetch(id !== null && what !== "board" ? keys.case(id) : ["case"]);
      refetch(keys.project(slug));
      refetch(keys.myWork);
      return;
    case "model":
    case "training":
      refetch(keys.projectPart(slug, "models"));
      return;
    case "question":
      refetch(keys.projectPart(slug, "questions"));
      refetch(["questions"]);
      refetch(["question", id]);
      return;
    case "release":
      refetch(keys.projectPart(slug, "releases"));
      refetch(id === null ? ["release"] : keys.release(id));
  }
}
