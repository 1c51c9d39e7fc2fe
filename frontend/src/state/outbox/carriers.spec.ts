// What the server's answers mean for what waits.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Vec3 } from "@/domain/geometry";
import { editSender } from "@/state/edits/transport";
import type { Act } from "./acts";
import { carryAct } from "./carriers";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const LINES = [0, 1, 2].map((y) => [[0, y, 0] as Vec3, [0, y, 20] as Vec3] as const);
let requests: Request[] = [];
let response: () => Response;

beforeEach(() => {
  requests = [];
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
  vi.stubGlobal("fetch", async (request: Request) => {
    requests.push(request);
    return response();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const carry = (act: Act) => carryAct({ id: "key", assignmentId: "a", userId: "me", at: 0, act });
const refusal = (status: number, headers: Record<string, string>) => () =>
  Response.json({ code: "busy", message: "Later.", extra: {} }, { status, headers });

it.each([
  [429, { "Retry-After": "30" }, 30_000],
  [503, { "Retry-After": "5" }, 5000],
  [503, { "Retry-After": "Sun, 01 Mar 2026 12:01:00 GMT" }, 60_000],
  [503, { "Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT" }, 0],
  [503, { "Retry-After": "86400" }, 600_000],
  [503, { "Retry-After": "soon" }, undefined],
  [502, {}, undefined],
])("waits after %i with %o for %s ms, with edits as with all else", async (status, headers, pauseMs) => {
  response = refusal(status, headers as Record<string, string>);
  expect(await carry({ kind: "time", seconds: 1 })).toEqual({ kind: "away", pauseMs });
  const edit = { operationId: "o", baseRevision: 0, kind: "brush", label: 20, payload: new Uint8Array(1) };
  expect(await editSender("a", "me")(edit)).toEqual({ kind: "away", pauseMs });
});

it.each<[Act, string, string, unknown]>([
  [{ kind: "naming", answer: "renamed", levels: [20] }, "PUT", "/naming-answer", { answer: "renamed" }],
  [{ kind: "lines", label: 20, lines: LINES }, "PUT", "/measurements/20/lines", { lines_ras_mm: LINES }],
  [{ kind: "lines", label: 20, lines: null }, "DELETE", "/measurements/20/lines", null],
  [
    { kind: "region", label: 21, change: { shift_ras_mm: [1, 0, 0], scale: 0.8 } },
    "PUT",
    "/measurements/21/region",
    { shift_ras_mm: [1, 0, 0], scale: 0.8 },
  ],
  [{ kind: "region", label: 21, change: null }, "DELETE", "/measurements/21/region", null],
])("carries %o under its id, as who meant it", async (act, method, rest, body) => {
  response = () => Response.json({ label: 20 });
  expect(await carry(act)).toMatchObject({ kind: "taken", answer: { label: 20 } });
  const [request] = requests;
  expect(request?.method).toBe(method);
  expect(new URL(request?.url ?? "").pathname).toBe(`/api/v1/assignments/a${rest}`);
  expect(request?.headers.get("Idempotency-Key")).toBe("key");
  expect(request?.headers.get("X-Acting-User")).toBe("me");
  const text = (await request?.text()) ?? "";
  expect(text === "" ? null : JSON.parse(text)).toEqual(body);
});
