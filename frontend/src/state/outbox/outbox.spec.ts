// @vitest-environment jsdom
import "fake-indexeddb/auto";
import { deleteDB, openDB } from "idb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { emptyGrading, type Grade } from "@/domain/grading";
import { inWords, type Act, type Entry } from "./acts";
import { keptHere, sendable } from "./background";
import { openJournal, type Journal } from "./journal";
import { Outbox, type Outcome, type Sendable } from "./outbox";

const grade = (label: number, value: Grade): Act => ({
  kind: "grade",
  answer: { ...emptyGrading(label), grade: value },
});
const note = (text: string): Act => ({ kind: "note", text, label: 20, voxel: null, parent: null });
const choice = (label: number): Act => ({ kind: "choice", label, choice: "fused", slot: null, reason: "" });
const edit: Act = {
  kind: "edit",
  edit: "brush",
  label: 20,
  name: "Paint L1",
  packed: new Uint8Array(3),
  knownRevision: 0,
  behind: [],
};

/** A server that does each id once; "lost" does it and loses the answer. */
class FakeServer {
  readonly done = new Map<string, Act>();
  readonly seen: Sendable[] = [];
  mood: "well" | "away" | "lost" | "signed_out" = "well";
  pauseMs: number | undefined;
  refuses: (act: Act) => string | null = () => null;

  readonly carry = async (entry: Sendable): Promise<Outcome> => {
    this.seen.push(entry);
    if (this.mood === "away") return { kind: "away", pauseMs: this.pauseMs };
    if (this.mood === "signed_out") return { kind: "signed_out" };
    const message = this.refuses(entry.act);
    if (message !== null) return { kind: "refused", message };
    this.done.set(entry.id, entry.act);
    return this.mood === "lost" ? { kind: "away" } : { kind: "taken", at: new Date(5), answer: null };
  };
}

let server: FakeServer;
let journal: Journal;
let outbox: Outbox;
let databases = 0;

const begin = (shared = false): Outbox => {
  const made = new Outbox({ assignmentId: "a", userId: "me", journal, carry: server.carry, shared });
  made.start();
  return made;
};
const kindBecomes = (kind: string) => vi.waitFor(() => expect(outbox.getStatus().kind).toBe(kind));

beforeEach(() => {
  server = new FakeServer();
  journal = openJournal(`acts-${++databases}`);
  outbox = begin();
});
afterEach(() => outbox.dispose());

it("sends in the order of doing, forgets only what was acknowledged, and counts all kinds in words", async () => {
  server.mood = "away";
  const acts = [grade(20, 1), note("Facet?"), choice(21), grade(20, 2), { kind: "time", seconds: 60 } as const];
  for (const act of acts) await outbox.add(act);
  await vi.waitFor(() =>
    expect(outbox.getStatus()).toEqual({ kind: "offline", pending: 5, what: "2 grades, 1 note and 1 decision" }),
  );
  expect((await journal.of("a")).map(({ act }) => act)).toEqual(acts);
  server.mood = "well";
  outbox.retryNow();
  await kindBecomes("saved");
  await vi.waitFor(() => expect(outbox.pending).toBe(0));
  expect([...server.done.values()]).toEqual(acts);
  expect(await journal.of("a")).toEqual([]);
});

it("goes on after the tab was closed, under the same ids, so that what was done already is done once", async () => {
  server.mood = "lost";
  await outbox.add(grade(20, 1));
  await kindBecomes("offline");
  outbox.dispose();
  server.mood = "well";
  outbox = begin();
  outbox.load(await journal.of("a"));
  await kindBecomes("saved");
  expect(server.seen.length).toBeGreaterThan(1);
  expect(server.done.size).toBe(1);
});

it("keeps what the server refuses, with the reason, and sends what does not build on it", async () => {
  server.refuses = (act) => (act.kind === "grade" ? "A fracture type needs a grade." : null);
  await outbox.add(grade(20, 1));
  await outbox.add(note("Facet?"));
  await vi.waitFor(() => expect(outbox.getStatus()).toEqual({ kind: "refused", pending: 1, what: "1 grade" }));
  expect([...server.done.values()]).toEqual([note("Facet?")]);
  const [kept] = await journal.of("a");
  expect(kept?.refusal).toBe("A fracture type needs a grade.");
  outbox.dispose();
  outbox = begin();
  outbox.load(await journal.of("a"));
  expect(outbox.getPending()).toMatchObject([{ refusal: "A fracture type needs a grade." }]);
  server.refuses = () => null;
  await outbox.retry(kept?.id ?? "");
  await kindBecomes("saved");
  expect(server.done.size).toBe(2);
});

it("throws a refused act away only when the person says so", async () => {
  server.refuses = () => "no";
  await outbox.add(grade(20, 1));
  await kindBecomes("refused");
  await outbox.discard(outbox.getPending()[0]?.id ?? "");
  expect(outbox.getStatus().kind).toBe("saved");
  expect(await journal.of("a")).toEqual([]);
});

it("waits for the right account", async () => {
  server.mood = "signed_out";
  await outbox.add(grade(20, 1));
  await kindBecomes("signed_out");
  expect((await journal.of("a")).length).toBe(1);
  server.mood = "well";
  outbox.retryNow();
  await kindBecomes("saved");
});

it("lets nothing that changes the mask overtake an edit, and a decision nothing at all", async () => {
  await outbox.add(edit); // nobody carries edits yet
  await outbox.add(choice(20));
  await outbox.add(grade(20, 1));
  await outbox.add({ kind: "decision", accept: true, comment: "" });
  await outbox.add(note("later"));
  await vi.waitFor(() => expect(outbox.pending).toBe(3));
  expect([...server.done.values()]).toEqual([grade(20, 1), note("later")]);
  outbox.setEditCarrier(server.carry);
  await kindBecomes("saved");
  expect([...server.done.values()].map(({ kind }) => kind)).toEqual(["grade", "note", "edit", "choice", "decision"]);
});

it("lets what is held against the mask wait for the edits before it, and for nothing else", async () => {
  const naming: Act = { kind: "naming", answer: "confirmed", levels: [20] };
  const moved = (label: number): Act => ({ kind: "lines", label, lines: null });
  await outbox.add(moved(19));
  await vi.waitFor(() => expect(outbox.pending).toBe(0));
  await outbox.add(edit); // nobody carries edits yet
  await outbox.add(naming);
  await outbox.add(moved(20));
  await outbox.add({ kind: "region", label: 20, change: null });
  await outbox.add(note("meanwhile"));
  await vi.waitFor(() => expect(outbox.pending).toBe(4));
  expect([...server.done.values()]).toEqual([moved(19), note("meanwhile")]);
  expect(inWords(outbox.getPending().map(({ act }) => act))).toBe("1 edit, 1 answer and 2 measurements");
  outbox.setEditCarrier(server.carry);
  await vi.waitFor(() => expect(outbox.pending).toBe(0));
  expect([...server.done.values()].slice(2).map(({ kind }) => kind)).toEqual(["edit", "naming", "lines", "region"]);
});

it("leaves the server alone for as long as it asks, whatever else is done or comes back", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  try {
    server.pauseMs = 30_000;
    server.mood = "away";
    await outbox.add(grade(20, 1));
    await kindBecomes("paused"); // it was reached: nobody is offline
    server.mood = "well";
    await outbox.add(note("Facet?"));
    outbox.retryNow();
    await vi.advanceTimersByTimeAsync(29_900);
    expect(server.seen).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    await kindBecomes("saved");
    expect([...server.done.values()]).toEqual([grade(20, 1), note("Facet?")]);
  } finally {
    vi.useRealTimers();
  }
});

it("tells of an answer before the act leaves the queue and before the next is sent", async () => {
  const seen: unknown[] = [];
  outbox.onTaken(async ({ act }) => {
    await Promise.resolve();
    seen.push([act.kind, outbox.pending, server.seen.length]);
  });
  await Promise.all([outbox.add(note("one")), outbox.add(note("two"))]);
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  expect(seen).toEqual([
    ["note", 2, 1],
    ["note", 1, 2],
  ]);
});

it("waits with settled() until the time worked is sent too", async () => {
  void outbox.add({ kind: "time", seconds: 30 });
  expect((await outbox.settled()).kind).toBe("saved");
  expect(outbox.pending).toBe(0);
  expect(server.done.size).toBe(1);
});

it.each([true, false])(
  "leaves to another tab what that has sent meanwhile, where tabs share the work (%s)",
  async (shared) => {
    outbox.dispose();
    outbox = begin(shared);
    server.mood = "away";
    await outbox.add(grade(20, 1));
    await kindBecomes("offline");
    // Sent by another tab; or the browser was told to forget, and then this tab has it still.
    await journal.remove((await journal.of("a")).map(({ seq }) => seq));
    server.mood = "well";
    outbox.retryNow();
    await vi.waitFor(() => expect(outbox.pending).toBe(0));
    expect(server.done.size).toBe(shared ? 0 : 1);
  },
);

it("takes the same report once, though it comes again after a crash", async () => {
  server.mood = "away";
  await outbox.add({ kind: "time", seconds: 60 }, "report");
  await outbox.add({ kind: "time", seconds: 60 }, "report");
  expect(outbox.pending).toBe(1);
});

describe("what lies in the browser", () => {
  const entry = (seq: number, act: Act, userId: string | null = "me", assignmentId = "a"): Entry => ({
    seq,
    id: `${seq}`,
    at: 0,
    act,
    userId,
    assignmentId,
  });

  it("is sent without the case being opened, but for edits and what builds on them", () => {
    const lines: Act = { kind: "lines", label: 20, lines: null };
    const entries = [choice(20), lines, edit, choice(21), lines, note("x")].map((act, at) => entry(at + 1, act));
    expect(sendable(entries).map(({ seq }) => seq)).toEqual([1, 2, 6]);
  });

  it("is told apart by account", () => {
    const kept = keptHere([entry(1, note("x")), entry(2, grade(20, 0), "you"), entry(3, edit, null, "b")], "me");
    expect(kept.mine.map(({ assignmentId }) => assignmentId)).toEqual(["a", "b"]);
    expect(inWords(kept.ofOthers)).toBe("1 grade");
  });

  it("holds the edits that a former version of the site kept", async () => {
    const former = await openDB("former", 1, {
      upgrade: (db) =>
        void db.createObjectStore("edits", { autoIncrement: true }).createIndex("assignment", "assignmentId"),
    });
    await former.add("edits", {
      assignmentId: "a",
      operationId: "o",
      kind: "brush",
      label: 20,
      name: "Paint L1",
      packed: new Uint8Array(3),
      knownRevision: 7,
      at: 1,
    });
    former.close();
    const moved = openJournal("moved", "former");
    expect(await moved.of("a")).toMatchObject([
      { id: "o", userId: null, at: 1, act: { kind: "edit", edit: "brush", knownRevision: 7, behind: [] } },
    ]);
    const left = await openDB("former");
    expect(await left.count("edits")).toBe(0);
    left.close();
    await deleteDB("former");
  });
});
