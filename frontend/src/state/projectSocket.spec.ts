import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, it, vi } from "vitest";
import { keys } from "./keys";
import { applyEffect } from "./projectSocket";

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
