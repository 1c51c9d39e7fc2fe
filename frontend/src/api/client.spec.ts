// @vitest-environment jsdom
import { afterEach, expect, it, vi } from "vitest";
import { stubServer } from "@/testing/render";
import { addressOf, answer, client } from "./client";
import { ApiError } from "./errors";
import { csrfToken, setSignedOutListener } from "./http";

afterEach(() => setSignedOutListener(null));

it("finds the CSRF token among other cookies", () => {
  expect(csrfToken("a=1; csrftoken=abc%3D; b=2")).toBe("abc=");
  expect(csrfToken("xcsrftoken=no")).toBeNull();
});

it("sends the CSRF token with changes and not with reads", async () => {
  document.cookie = "csrftoken=token1";
  const seen = stubServer({ "GET /api/v1/protocols": { body: [] }, "PATCH /api/v1/me": { body: {} } });
  await answer(client.GET("/api/v1/protocols"));
  await answer(client.PATCH("/api/v1/me", { body: { display_name: "A" } }));
  expect(seen.map(({ headers }) => headers.get("X-CSRFToken"))).toEqual([null, "token1"]);
  expect(seen[1]?.body).toBe('{"display_name":"A"}');
});

it("throws what the server refused with, under its code", async () => {
  stubServer({
    "POST /api/v1/fusions/f/choose": { status: 409, body: { code: "not_ready", message: "Still fusing.", extra: {} } },
  });
  const call = answer(client.POST("/api/v1/fusions/{fusion_id}/choose", { params: { path: { fusion_id: "f" } } }));
  await expect(call).rejects.toMatchObject({ kind: "conflict", code: "not_ready", message: "Still fusing." });
});

it("tells the app when the session has ended", async () => {
  const listener = vi.fn();
  setSignedOutListener(listener);
  stubServer({ "GET /api/v1/protocols": { status: 401, body: { code: "not_authenticated", message: "", extra: {} } } });
  await expect(answer(client.GET("/api/v1/protocols"))).rejects.toBeInstanceOf(ApiError);
  expect(listener).toHaveBeenCalledOnce();
});

it("calls a lost connection by its name", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(answer(client.GET("/api/v1/protocols"))).rejects.toMatchObject({ kind: "offline" });
});

it("fills an address with names that may hold anything", () => {
  expect(addressOf("/api/v1/assignments/{assignment_id}/sources/{key}/mask", { assignment_id: "a", key: "b/c?" })).toBe(
    "/api/v1/assignments/a/sources/b%2Fc%3F/mask",
  );
  expect(addressOf("/api/v1/uploads/", {})).toBe("/api/v1/uploads/");
});
