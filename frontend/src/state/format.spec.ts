import { describe, expect, it } from "vitest";
import { dueState, formatBytes, formatDuration, formatPercent, formatRelative, formatSpacing } from "./format";

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 KB"],
    [999_949, "999.9 KB"],
    [999_950, "1.0 MB"],
    [2_100_000_000, "2.1 GB"],
    [-1, "–"],
    [Number.NaN, "–"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("formatDuration", () => {
  it.each([
    [3.14, "3.1 s"],
    [59.4, "59 s"],
    [59.6, "1 min 00 s"],
    [185, "3 min 05 s"],
    [7_800, "2 h 10 min"],
    [172_799, "47 h 59 min"],
    [277_200, "3 d 05 h"],
    [null, "–"],
  ])("%s seconds are %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe("formatPercent", () => {
  it("shows neither an end nor a start that is not there", () => {
    expect(formatPercent(0)).toBe("0 %");
    expect(formatPercent(0.001)).toBe("1 %");
    expect(formatPercent(0.999)).toBe("99 %");
    expect(formatPercent(1)).toBe("100 %");
  });
});

describe("formatRelative", () => {
  const now = new Date("2026-11-23T12:00:00Z");
  it.each([
    ["2026-11-23T11:59:40Z", "just now"],
    ["2026-11-23T11:54:30Z", "5 minutes ago"],
    ["2026-11-22T12:00:00Z", "yesterday"],
    ["2026-11-26T12:00:00Z", "in 3 days"],
  ])("%s is %s", (iso, text) => {
    expect(formatRelative(iso, now)).toBe(text);
  });
});

describe("dueState", () => {
  const evening = new Date(2026, 10, 23, 23, 30);
  it("counts the due day itself as not yet over", () => {
    expect(dueState("2026-11-23", evening)).toBe("soon");
    expect(dueState("2026-11-22", evening)).toBe("overdue");
    expect(dueState("2026-11-26", evening)).toBe("soon");
    expect(dueState("2026-11-27", evening)).toBe("later");
    expect(dueState(null, evening)).toBe("none");
  });
});

describe("formatSpacing", () => {
  it("keeps what tells grids apart", () => {
    expect(formatSpacing([0.7, 0.703, 1.25])).toBe("0.7 × 0.7 × 1.25 mm".replaceAll(" ", "\u00a0"));
  });
});
