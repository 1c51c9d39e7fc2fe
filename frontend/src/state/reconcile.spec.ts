import { describe, expect, it } from "vitest";
import { parseProjectMessage, type ProjectMessage } from "@/api/socket";
import { IncomingError } from "@/domain/incoming";
import { reconcile } from "./reconcile";

function frame(value: object): ProjectMessage {
  return parseProjectMessage(JSON.stringify(value));
}

const snapshot = (seq: number) => frame({ type: "snapshot", seq, jobs: [] });
const caseNews = (seq: number) => frame({ type: "case", seq, id: "c1" });

describe("reconcile", () => {
  it("takes the first snapshot without fetching anything again", () => {
    expect(reconcile(null, snapshot(40))).toEqual({ last: 40, effects: [] });
  });

  it("invalidates what the next message names", () => {
    expect(reconcile(40, caseNews(41))).toEqual({
      last: 41,
      effects: [{ kind: "invalidate", what: "case", id: "c1" }],
    });
  });

  it("fetches the project again when a number was skipped", () => {
    const { last, effects } = reconcile(40, caseNews(43));
    expect(last).toBe(43);
    expect(effects[0]).toEqual({ kind: "refetchProject" });
  });

  it("learns from a pong that the last message was lost", () => {
    expect(reconcile(40, frame({ type: "pong", seq: 40 }))).toEqual({ last: 40, effects: [] });
    expect(reconcile(40, frame({ type: "pong", seq: 41 }))).toEqual({
      last: 41,
      effects: [{ kind: "refetchProject" }],
    });
    expect(reconcile(null, frame({ type: "pong", seq: 41 })).effects).toEqual([]);
  });

  it("refetches the case that an assignment is on", () => {
    const message = frame({ type: "assignment", seq: 41, id: "a1", case_id: "c1", state: "submitted" });
    expect(reconcile(40, message).effects).toEqual([{ kind: "invalidate", what: "assignment", id: "c1" }]);
  });

  it("drops copies and stragglers", () => {
    expect(reconcile(43, caseNews(43))).toEqual({ last: 43, effects: [] });
    expect(reconcile(43, caseNews(12))).toEqual({ last: 43, effects: [] });
  });

  it("drops what comes before the snapshot", () => {
    expect(reconcile(null, caseNews(5))).toEqual({ last: null, effects: [] });
  });

  it("fetches again after a reconnection during which something happened, also after a server restart", () => {
    expect(reconcile(43, snapshot(50)).effects).toContainEqual({ kind: "refetchProject" });
    expect(reconcile(43, snapshot(0))).toEqual({ last: 0, effects: [{ kind: "refetchProject" }] });
  });

  it("fetches nothing after a reconnection during which nothing happened", () => {
    expect(reconcile(43, snapshot(43)).effects).toEqual([]);
  });

  it("puts progress straight into place, and refetches only at the end", () => {
    const running = frame({ type: "job", seq: 2, id: "j", kind: "pipeline.run", state: "running", progress: 0.4 });
    expect(reconcile(1, running).effects.map((effect) => effect.kind)).toEqual(["patchJob"]);
    const done = frame({ type: "job", seq: 3, id: "j", kind: "pipeline.run", state: "succeeded", progress: 1 });
    expect(reconcile(2, done).effects.map((effect) => effect.kind)).toEqual(["patchJob", "invalidate"]);
  });
});

describe("parseProjectMessage", () => {
  it.each([
    ["", "no JSON"],
    ["nonsense", "no JSON"],
    ["[]", "type"],
    ['{"type":"job","seq":1}', "id"],
    ['{"type":"evil","seq":1}', "type"],
    ['{"type":"case"}', "seq"],
    ['{"type":"job","seq":1,"id":"j","state":"dreaming"}', "state"],
    ['{"type":"run","seq":1,"id":"r","state":"running","progress":"half"}', "progress"],
    ['{"type":"snapshot","seq":1,"jobs":[{"id":"j"}]}', "jobs.0.state"],
  ])("refuses %j and says what is wrong", (text, place) => {
    expect(() => parseProjectMessage(text)).toThrow(IncomingError);
    expect(() => parseProjectMessage(text)).toThrow(place);
  });

  it("reads what the server sends", () => {
    const news = { type: "run", seq: 4, id: "r", volume_id: "v", state: "running", stage: "", progress: 0.5 };
    const { id, volume_id: volumeId, ...same } = news;
    expect(frame(news)).toEqual({ ...same, runId: id, volumeId, stage: null });
    expect(frame({ type: "case", seq: 5, id: "c", state: "comment" })).toEqual({
      type: "case",
      seq: 5,
      id: "c",
      caseId: null,
      isComment: true,
    });
  });
});
