import { describe, expect, it } from "vitest";
import { slugOf } from "./slug";

describe("slugOf", () => {
  it.each([
    ["Demo spine project", "demo-spine-project"],
    ["Löffler's  CTs, 2026!", "lofflers-cts-2026"],
    ["---", ""],
    ["a".repeat(59) + " b", "a".repeat(59)],
  ])("%j becomes %j", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});
