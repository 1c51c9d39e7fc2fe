// @vitest-environment jsdom
import { expect, it } from "vitest";
import { begunOf } from "./archive";

const row = (name: string, size: number) => ({
  id: `${name}${size}`,
  name,
  size_bytes: size,
  offset_bytes: 1,
  begun_at: "2030-01-01T00:00:00Z",
  expires_at: "2030-01-03T00:00:00Z",
});

it("goes on with the same file only: of its name and its size", () => {
  const pending = [row("b.zip", 9), row("a.zip", 9), row("a.zip", 10)];
  expect(begunOf({ name: "a.zip", size: 10 }, pending)?.id).toBe("a.zip10");
  expect(begunOf({ name: "a.zip", size: 11 }, pending)).toBeNull();
  expect(begunOf({ name: "c.zip", size: 9 }, pending)).toBeNull();
});
