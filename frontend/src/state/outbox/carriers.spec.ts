// @vitest-environment jsdom
// What the server's answers mean for what waits.
import "fake-indexeddb/auto";
import { openDB } from "idb";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Vec3 } from "@/domain/geometry";
import { editSender } from "@/state/edits/transport";
import type { Act } from "./acts";
import { carryAct } from "./carriers";
import { openJournal } from "./journal";

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
  [
    { kind: "looked", place: { kind: "leak", label: 20, voxel: [1, 2, 3] }, looked: true },
    "PUT",
    "/places/looked",
    { kind: "leak", label: 20, voxel: [1, 2, 3], looked: true },
  ],
  [{ kind: "lines", label: 20, lines: LINES }, "PUT", "/measurements/20/lines", { lines_ras_mm: LINES }],
  [{ kind: "lines", label: 20, lines: null }, "DELETE", "/measurements/20/lines", null],
  [
    { kind: "region", label: 21, change: { shift_ras_mm: [1, 0, 0], scale: 0.8 } },
    "PUT",
    "/measurements/21/region",
    { shift_ras_mm: [1, 0, 0], scale: 0.8 },
  ],
  [
    {
      kind: "ruler",
      id: "r",
      ruler: { kind: "length", plane: "axial", name: "Canal", pointsRasMm: LINES[0] ?? [] },
    },
    "PUT",
    "/rulers/r",
    { kind: "length", plane: "axial", name: "Canal", points_ras_mm: LINES[0] },
  ],
  [{ kind: "ruler", id: "r", ruler: null }, "DELETE", "/rulers/r", null],
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

/** Acts as version 0.2 wrote them to the browser's disk, with the request that each was: the key binds its body. */
const KEPT_BY_0_2: readonly (readonly [object, string, string, string])[] = [
  [
    {
      kind: "grade",
      answer: {
        label: 20,
        revision: 2,
        grade: 2,
        fracture_type: "wedge",
        foreign_material: "none",
        not_gradable_reason: "",
        deformity: "",
        osteoporotic: null,
        transitional: false,
        comment: "old",
        created_at: "2026-01-01T00:00:00Z",
      },
    },
    "PUT",
    "/gradings/20",
    '{"revision":2,"grade":2,"fracture_type":"wedge","foreign_material":"none","not_gradable_reason":"","deformity":"",' +
      '"osteoporotic":null,"transitional":false,"comment":"old","created_at":"2026-01-01T00:00:00Z"}',
  ],
  [{ kind: "rest", labels: [18, 19] }, "POST", "/gradings/normal-rest", '{"labels":[18,19]}'],
  [{ kind: "naming", answer: "confirmed", levels: [20] }, "PUT", "/naming-answer", '{"answer":"confirmed"}'],
  [{ kind: "lines", label: 20, lines: null }, "DELETE", "/measurements/20/lines", ""],
  [
    { kind: "lines", label: 20, lines: LINES },
    "PUT",
    "/measurements/20/lines",
    '{"lines_ras_mm":[[[0,0,0],[0,0,20]],[[0,1,0],[0,1,20]],[[0,2,0],[0,2,20]]]}',
  ],
  [
    { kind: "region", label: 20, change: { shift_ras_mm: [1, 0, 0], scale: 0.8 } },
    "PUT",
    "/measurements/20/region",
    '{"shift_ras_mm":[1,0,0],"scale":0.8}',
  ],
  [
    { kind: "note", text: "Facet?", label: 20, voxel: [1, 2, 3], parent: null },
    "POST",
    "/comments",
    '{"text":"Facet?","label":20,"voxel":[1,2,3],"parent":null}',
  ],
  [{ kind: "thread", comment: "c", resolved: true }, "PUT", "/comments/c/resolved", '{"resolved":true}'],
  [
    { kind: "choice", label: 20, choice: "rater", slot: "A", reason: "" },
    "POST",
    "/choices",
    '{"label":20,"choice":"rater","slot":"A","reason":""}',
  ],
  [{ kind: "names", labels: [19, 20], reason: "ribs" }, "POST", "/names", '{"labels":[19,20],"reason":"ribs"}'],
  [
    { kind: "decision", accept: false, comment: "L1" },
    "POST",
    "/decision",
    '{"accept":false,"comment":"L1","active_seconds":0}',
  ],
  [{ kind: "time", seconds: 60 }, "POST", "/active-time", '{"seconds":60}'],
];

it("sends what version 0.2 kept, each as the same request as then", async () => {
  const name = "kept-by-0.2";
  const former = await openDB(name, 1, {
    upgrade(db) {
      const store = db.createObjectStore("entries", { autoIncrement: true });
      store.createIndex("assignment", "assignmentId");
      store.createIndex("id", "id", { unique: true });
    },
  });
  for (const [at, [act]] of KEPT_BY_0_2.entries()) {
    await former.add("entries", { id: `key-${at}`, assignmentId: "a", userId: "me", at: 0, act });
  }
  former.close();
  response = () => Response.json({});
  for (const entry of await openJournal(name, "none").of("a")) {
    expect((await carryAct(entry)).kind).toBe("taken");
  }
  const sent = await Promise.all(
    requests.map(async (request) => [
      request.method,
      new URL(request.url).pathname.replace("/api/v1/assignments/a", ""),
      await request.text(),
    ]),
  );
  expect(sent).toEqual(KEPT_BY_0_2.map(([, ...request]) => request));
  expect(requests.map(({ headers }) => headers.get("Idempotency-Key"))).toEqual(
    KEPT_BY_0_2.map((_, at) => `key-${at}`),
  );
});

it("takes a good answer that was cut off for none", async () => {
  response = () => new Response('{"label": 2', { status: 200 });
  expect(await carry({ kind: "time", seconds: 1 })).toEqual({ kind: "away" });
  response = () => new Response("", { status: 200 });
  expect(await carry({ kind: "time", seconds: 1 })).toEqual({ kind: "away" });
});

it("tells what a refusal without JSON means by its status", async () => {
  response = () => new Response("<html>Bad gateway</html>", { status: 502 });
  expect(await carry({ kind: "time", seconds: 1 })).toMatchObject({ kind: "away" });
  response = () => new Response("<html>No</html>", { status: 400 });
  expect(await carry({ kind: "time", seconds: 1 })).toMatchObject({ kind: "refused" });
});
