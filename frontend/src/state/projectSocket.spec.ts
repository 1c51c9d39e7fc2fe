// @vitest-environment jsdom
import { readdirSync, readFileSync } from "node:fs";
import { notifications } from "@mantine/notifications";
import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, it, vi } from "vitest";
import { keys } from "./keys";
import { applyEffect, openProjectSocket } from "./projectSocket";

it("has the workstation's threads read anew when a case has news, and when news was lost", async () => {
  const client = new QueryClient();
  const read = vi.fn(() => Promise.resolve([]));
  const stop = new QueryObserver(client, {
    queryKey: keys.comments("a"),
    queryFn: read,
    staleTime: Infinity,
  }).subscribe(() => undefined);
  await vi.waitFor(() => expect(client.getQueryData(keys.comments("a"))).toEqual([]));
  applyEffect(client, "spine", { kind: "invalidate", what: "board", id: null });
  expect(read).toHaveBeenCalledTimes(1);
  applyEffect(client, "spine", { kind: "invalidate", what: "case", id: "c" });
  await vi.waitFor(() => expect(read).toHaveBeenCalledTimes(2));
  applyEffect(client, "spine", { kind: "refetchProject" });
  await vi.waitFor(() => expect(read).toHaveBeenCalledTimes(3));
  stop();
});

/** A socket that a test feeds by hand. */
class FedSocket {
  static last: FedSocket | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly readyState = 1;
  constructor() {
    FedSocket.last = this;
  }
  send(): void {}
  close(): void {}
}

it("says once that it does not understand the server, and reads all anew with the next message", () => {
  vi.stubGlobal("WebSocket", FedSocket);
  const client = new QueryClient();
  const anew = vi.spyOn(client, "invalidateQueries");
  const shown = vi.spyOn(notifications, "show");
  const close = openProjectSocket("spine", client);
  const feed = (value: object): void => FedSocket.last?.onmessage?.({ data: JSON.stringify(value) });
  feed({ type: "snapshot", seq: 1, jobs: [] });
  feed({ type: "job", seq: 2, id: "j", state: "dreaming" });
  feed({ type: "job", seq: 3, id: "j", state: "dreaming" });
  expect(new Set(shown.mock.calls.map(([{ id }]) => id)), "one note on the page").toEqual(new Set(["unreadable-news"]));
  expect(shown.mock.calls[0]?.[0].message).toContain("state");
  expect(anew).not.toHaveBeenCalled();
  feed({ type: "model", seq: 4, id: "m" });
  expect(anew).toHaveBeenCalledWith({ queryKey: keys.project("spine") });
  close();
});

it("patches runs in all that lies under a project's series, so that only lists of them lie there", () => {
  const client = new QueryClient();
  const list = { count: 1, results: [{ id: "s", run: { id: "r", state: "running", progress: 0.1 } }] };
  client.setQueryData(keys.projectPart("spine", "series", { page: 1 }), list);
  applyEffect(client, "spine", { kind: "patchRun", runId: "r", state: "running", progress: 0.5, stage: null });
  expect(client.getQueryData(keys.projectPart("spine", "series", { page: 1 }))).toMatchObject({
    results: [{ run: { progress: 0.5 } }],
  });
  const sources = readdirSync("src/state").filter((name) => /\.tsx?$/.test(name) && !name.includes(".spec."));
  const others = sources.filter((name) =>
    /projectPart\(\w+, "(?:series|jobs)", ["'`]/.test(readFileSync(`src/state/${name}`, "utf8")),
  );
  expect(sources.length).toBeGreaterThan(30);
  expect(others).toEqual([]);
});
