import { describe, expect, it } from "vitest";
import type { ChainCheck } from "@/api/types";
import { checkText } from "./checkText";

const CHECK: ChainCheck = {
  state: "unbroken",
  progress: 1,
  error: "",
  checked_at: "2026-05-04T10:00:00Z",
  length: 12,
  broken_at: null,
  reason: "",
};

describe("checkText", () => {
  it("says how far the chain was read, except to those whom the number would tell of others' work", () => {
    expect(checkText(CHECK)).toMatch(/^Checked .*2026.*: 12 entries, unbroken\.$/);
    expect(checkText({ ...CHECK, length: null })).toMatch(/: all entries, unbroken\.$/);
  });

  it("names the entry that does not hold, and why", () => {
    const broken = { ...CHECK, state: "broken" as const, broken_at: 7, reason: "was changed after it was written" };
    expect(checkText(broken)).toMatch(/: entry 7 was changed after it was written\. Tell who runs the site\.$/);
  });

  it("has nothing to say before the first check", () => {
    expect(checkText({ ...CHECK, checked_at: null })).toBe("");
  });
});
