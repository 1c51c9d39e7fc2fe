// @vitest-environment node
import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { changesOfDelta } from "@/domain/changes";
import { treeDigest } from "@/domain/digest";
import type { Shape } from "@/domain/geometry";
import { MaskStore } from "@/domain/maskStore";
import { applySlices, decodeSlices } from "@/domain/vbd1";
import { EditSync } from "./editSync";
import { openJournal, type Journal } from "@/state/outbox/journal";
import { Outbox } from "@/state/outbox/outbox";
import { findRecovery, isEdit } from "./recovery";
import type { EditToSend, SendOutcome } from "./transport";

const SHAPE: Shape = [4, 3, 5];
const CASE = "assignment-1";

/** A server that keeps a mask and answers as told; "lost" stores the edit and loses the answer. */
class FakeServer {
  readonly mask = new Uint8Array(60);
  readonly known = new Set<string>();
  readonly seen: EditToSend[] = [];
  revision = 3;
  mood: "well" | "away" | "lost" | "signed_out" | "closed" | "rejecting" = "well";

  readonly send = async (edit: EditToSend): Promise<SendOutcome> => {
    this.seen.push(edit);
    if (this.mood === "away") return { kind: "away" };
    if (this.mood === "signed_out") return { kind: "signed_out" };
    if (this.mood === "closed") return { kind: "closed", message: "handed in" };
    if (this.mood === "rejecting") return { kind: "rejected", message: "bad" };
    if (!this.known.has(edit.operationId)) {
      if (edit.baseRevision !== this.revision) return { kind: "stale", revision: this.revision };
      applySlices(this.mask, await decodeSlices(edit.payload, SHAPE));
      this.known.add(edit.operationId);
      this.revision++;
    }
    if (this.mood === "lost") return { kind: "away" };
    return { kind: "saved", revision: this.revision, digest: await treeDigest(this.mask, SHAPE), savedAt: new Date(0) };
  };
}

let server: FakeServer;
let journal: Journal;
let mask: Uint8Array;
let store: MaskStore;
let outbox: Outbox;
let sync: EditSync;
let databases = 0;

function paint(index: number, label: number): { kind: string; name: string; label: number; slices: number[] } {
  const recorder = store.begin();
  recorder.set(index, label);
  const changes = recorder.finish();
  if (changes) store.keep({ kind: "brush", name: "Paint", label, changes });
  return { kind: "brush", name: "Paint", label, slices: [Math.floor(index / 12)] };
}

function begin(kept: Journal, onStoreFailure?: (error: unknown) => void): void {
  const carry = () => Promise.reject(new Error("only edits here"));
  outbox = new Outbox({
    assignmentId: CASE,
    userId: "me",
    journal: kept,
    carry,
    ...(onStoreFailure && { onStoreFailure }),
  });
  store = new MaskStore(mask, SHAPE);
  sync = new EditSync({ outbox, mask: store, revision: 3, send: server.send });
  outbox.start();
  sync.start();
}

beforeEach(() => {
  server = new FakeServer();
  journal = openJournal(`outbox-${++databases}`);
  mask = new Uint8Array(60);
  begin(journal);
});
afterEach(() => {
  outbox.dispose();
  vi.useRealTimers();
});

const kindBecomes = (kind: string) => vi.waitFor(() => expect(outbox.getStatus().kind).toBe(kind));
const names = async () => (await journal.of(CASE)).filter(isEdit).map(({ act }) => act.name);

describe("saving", () => {
  it("sends strokes in order, each on the revision before it, and empties the store", async () => {
    await Promise.all([sync.record(paint(0, 20)), sync.record(paint(1, 20)), sync.record(paint(30, 21))]);
    expect((await sync.settled()).kind).toBe("saved");
    expect(server.mask).toEqual(mask);
    expect(server.seen.map((edit) => edit.baseRevision)).toEqual([3, 4, 5]);
    expect(sync.knownRevision).toBe(6);
    expect(await journal.of(CASE)).toEqual([]);
    expect(outbox.getStatus()).toEqual({ kind: "saved", at: new Date(0) });
  });

  it("has a stroke on disk when recording resolves, whatever the network does", async () => {
    server.mood = "away";
    await sync.record(paint(5, 20));
    expect(await names()).toEqual(["Paint"]);
  });

  it("sends what a stroke left, not what a later one made of it", async () => {
    const first = sync.record(paint(0, 20));
    mask[0] = 24;
    await first;
    await vi.waitFor(() => expect(server.seen.length).toBeGreaterThan(0));
    const delta = await decodeSlices(server.seen[0]!.payload, SHAPE);
    expect(delta.slices[0]!.voxels[0]).toBe(20);
  });

  it("says offline with the number kept, and saves all when the network is back", async () => {
    server.mood = "away";
    await sync.record(paint(0, 20));
    await sync.record(paint(13, 20));
    await vi.waitFor(() => expect(outbox.getStatus()).toEqual({ kind: "offline", pending: 2, what: "2 edits" }));
    server.mood = "well";
    outbox.retryNow();
    await kindBecomes("saved");
    expect(server.mask).toEqual(mask);
  });

  it("tries again by itself", async () => {
    server.mood = "away";
    await sync.record(paint(0, 20));
    await kindBecomes("offline");
    server.mood = "well";
    await vi.waitFor(() => expect(outbox.getStatus().kind).toBe("saved"), { timeout: 3000 });
  });

  it("stores once what the server acknowledged into the void", async () => {
    server.mood = "lost";
    await sync.record(paint(0, 20));
    await kindBecomes("offline");
    server.mood = "well";
    outbox.retryNow();
    await kindBecomes("saved");
    expect(server.revision).toBe(4);
    expect(new Set(server.seen.map((edit) => edit.operationId)).size).toBe(1);
  });
});

describe("refusals", () => {
  it("stops at a conflict and keeps the edits", async () => {
    server.revision = 9;
    await sync.record(paint(0, 20));
    await kindBecomes("conflict");
    outbox.retryNow();
    await sync.record(paint(1, 20));
    expect(server.seen.length).toBe(1);
    expect(outbox.getStatus()).toMatchObject({ kind: "conflict", pending: 2 });
    expect((await journal.of(CASE)).length).toBe(2);
  });

  it("notices that the server's mask is another one", async () => {
    server.mask[59] = 26;
    await sync.record(paint(0, 20));
    await kindBecomes("conflict");
  });

  it("waits for a new sign-in without losing anything", async () => {
    server.mood = "signed_out";
    await sync.record(paint(0, 20));
    await kindBecomes("signed_out");
    server.mood = "well";
    outbox.retryNow();
    await kindBecomes("saved");
    expect(server.mask).toEqual(mask);
  });

  it.each(["closed", "rejecting"] as const)("is final when the server is %s", async (mood) => {
    server.mood = mood;
    await sync.record(paint(0, 20));
    await kindBecomes(mood === "closed" ? "closed" : "conflict");
    server.mood = "well";
    outbox.retryNow();
    expect(server.seen.length).toBe(1);
    expect((await journal.of(CASE)).length).toBe(1);
  });

  it("goes on sending where the browser cannot keep anything, and says so once it happens", async () => {
    const failed = vi.fn();
    outbox.dispose();
    begin({ ...journal, add: () => Promise.reject(new Error("no disk")) }, failed);
    await sync.record(paint(0, 20));
    await kindBecomes("saved");
    expect(failed).toHaveBeenCalledOnce();
  });
});

describe("recovery", () => {
  const find = async (knownToServer: string[] = [], revision = server.revision) =>
    findRecovery(
      journal,
      (await journal.of(CASE)).filter(isEdit),
      { mask: server.mask, shape: SHAPE, revision },
      async () => new Set(knownToServer),
    );

  it("offers kept edits in order with what they would change", async () => {
    server.mood = "away";
    await sync.record(paint(0, 20));
    await sync.record(paint(1, 21));
    await sync.record(paint(1, 0));
    const recovery = await find();
    expect(recovery?.edits.map((edit) => edit.voxels)).toEqual([1, 1, 1]);
    expect(recovery?.serverMovedOn).toBe(false);
    expect(await journal.of("another")).toEqual([]);
  });

  it("drops edits that the server has, though it could not say so", async () => {
    server.mood = "lost";
    await sync.record(paint(0, 20));
    await kindBecomes("offline");
    outbox.dispose();
    expect(await find([...server.known])).toBeNull();
    expect(await journal.of(CASE)).toEqual([]);
  });

  it("says when somebody else has written since", async () => {
    server.mood = "away";
    await sync.record(paint(0, 20));
    expect((await find(["of another computer"], 4))?.serverMovedOn).toBe(true);
  });

  it("does not take this browser's own edits for somebody else's", async () => {
    server.mood = "away";
    await sync.record(paint(0, 20));
    await sync.record(paint(1, 21));
    const [first] = await journal.of(CASE);
    // The first was taken and acknowledged, then the tab died.
    await journal.remove([first?.seq ?? 0]);
    expect(await find([first?.id ?? ""], 4)).toMatchObject({ serverMovedOn: false });
  });

  it("counts what it cannot read instead of failing", async () => {
    server.mood = "away";
    const act = {
      kind: "edit",
      edit: "brush",
      label: 20,
      name: "?",
      packed: new Uint8Array([1, 2, 3]),
      knownRevision: 3,
      behind: [],
    } as const;
    await journal.add({ id: "x", assignmentId: CASE, userId: "me", act, at: 0 });
    expect(await find()).toMatchObject({ edits: [], unreadable: [{ id: "x" }] });
  });

  it("goes on with kept edits where they lie, on a disk that takes nothing more", async () => {
    server.mood = "away";
    await sync.record(paint(0, 20));
    await sync.record(paint(13, 21));
    outbox.dispose();
    const recovery = await find();
    mask = server.mask.slice();
    const full: Journal = { ...journal, add: () => Promise.reject(new Error("no disk")) };
    begin(full);
    for (const { kept, delta } of recovery?.edits ?? []) {
      const changes = changesOfDelta(mask, delta);
      if (changes) store.make({ kind: "taken", name: "kept", label: null, changes });
      sync.resume(kept);
    }
    await kindBecomes("offline");
    expect(await names(), "still on disk").toEqual(["Paint", "Paint"]);
    server.mood = "well";
    outbox.retryNow();
    await kindBecomes("saved");
    expect(server.mask).toEqual(mask);
    expect(server.seen.at(-1)?.operationId).toBe(recovery?.edits.at(-1)?.kept.id);
    expect(await names()).toEqual([]);
  });
});
