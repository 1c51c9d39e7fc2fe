import { expect, it } from "vitest";
import { fromPicker, toPicker } from "./dates";

it("gives the picker's time back to the minute, wherever the browser is", () => {
  for (const iso of ["2026-12-01T09:05:00.000Z", "2027-06-30T23:59:00.000Z"]) {
    expect(fromPicker(toPicker(iso))).toBe(iso);
  }
  expect(toPicker(fromPicker("2026-01-02 03:04:00"))).toBe("2026-01-02 03:04:00");
});
