import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INITIAL, isComplete, reduce, totals, type UploadEvent, type UploadState } from "./machine";

const FILES = [
  { path: "a/1.dcm", size: 100 },
  { path: "a/2.dcm", size: 50 },
];

function run(...events: UploadEvent[]): UploadState {
  return events.reduce(reduce, INITIAL);
}

const chosen: UploadEvent = { type: "chosen", files: FILES };
const opened: UploadEvent = { type: "opened", batchId: "b", received: new Map() };
const sent = (path: string): UploadEvent => ({ type: "sent", path });
const failed = (path: string): UploadEvent => ({ type: "failed", path, problem: "disk full" });

describe("upload machine", () => {
  it("is complete only when every file has arrived", () => {
    expect(isComplete(run(chosen, opened, sent("a/1.dcm")))).toBe(false);
    expect(isComplete(run(chosen, opened, sent("a/1.dcm"), sent("a/2.dcm")))).toBe(true);
  });

  it("goes on with the other files when one fails, then leaves the decision to the user", () => {
    expect(run(chosen, opened, failed("a/1.dcm")).phase).toBe("sending");
    expect(run(chosen, opened, failed("a/1.dcm"), sent("a/2.dcm")).phase).toBe("incomplete");
  });

  it("retries only what failed", () => {
    const state = run(chosen, opened, failed("a/1.dcm"), sent("a/2.dcm"), { type: "retry" });
    expect(state).toMatchObject({
      phase: "sending",
      items: [
        { path: "a/1.dcm", status: "waiting", problem: null },
        { path: "a/2.dcm", status: "sent" },
      ],
    });
  });

  it("takes up an unfinished upload where the server stands", () => {
    const received = new Map([
      ["a/1.dcm", 100],
      ["a/2.dcm", 20],
    ]);
    const state = run(chosen, { type: "opened", batchId: "b", received });
    expect(state).toMatchObject({
      items: [
        { status: "sent", sentBytes: 100 },
        { status: "waiting", sentBytes: 20 },
      ],
    });
  });

  it("keeps the reason when the server refuses the batch, and can choose again", () => {
    const state = run(chosen, { type: "refused", problem: "No room" });
    expect(state).toEqual({ phase: "choosing", problem: "No room" });
    expect(reduce(state, chosen).phase).toBe("preparing");
  });

  it("ignores stragglers after a reset", () => {
    const state = run(chosen, opened, { type: "reset" }, { type: "progress", path: "a/1.dcm", sentBytes: 10 });
    expect(state).toEqual(INITIAL);
  });

  it("never counts more bytes than there are, whatever the order of events", () => {
    const path = fc.constantFrom("a/1.dcm", "a/2.dcm", "other");
    const event: fc.Arbitrary<UploadEvent> = fc.oneof(
      fc.record({ type: fc.constant("started" as const), path }),
      fc.record({ type: fc.constant("progress" as const), path, sentBytes: fc.nat(500) }),
      fc.record({ type: fc.constant("sent" as const), path }),
      fc.record({ type: fc.constant("failed" as const), path, problem: fc.constant("x") }),
      fc.constant<UploadEvent>({ type: "retry" }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const state = run(chosen, opened, ...events);
        if (!("items" in state)) throw new Error("lost its items");
        const sum = totals(state.items);
        expect(sum.sentBytes).toBeLessThanOrEqual(sum.bytes);
        expect(sum.sentFiles + sum.failedFiles).toBeLessThanOrEqual(2);
      }),
    );
  });
});
