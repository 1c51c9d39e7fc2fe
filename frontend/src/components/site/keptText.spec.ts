import { expect, it } from "vitest";
import { keptText } from "./keptText";

const row = { quota_bytes: null, used_bytes: 0, counted_at: null };

it("names what takes room, the largest first", () => {
  const kept = { masks: 2_000_000, scans: 5_000_000_000, models: 0 };
  expect(keptText({ ...row, kept_bytes: kept, waiting_bytes: 1000 })).toBe(
    "Scans 5.0 GB · Masks 2.0 MB · on their way 1.0 KB",
  );
  expect(keptText({ ...row, kept_bytes: { all: 5 }, waiting_bytes: 0 })).toBe("");
});
