import { expect, it } from "vitest";
import { warningText } from "./warningText";

it("names what a warning is about", () => {
  expect(warningText({ kind: "queue_stuck", about: "gpu" })).toContain("queue gpu");
  expect(warningText({ kind: "quota", about: "" })).toContain("of the site");
  expect(warningText({ kind: "quota", about: "Lumbar" })).toContain("of Lumbar");
});
