import { expect, it } from "vitest";
import { offText } from "./offText";

it("says which projects would be left without a manager", () => {
  expect(offText([])).not.toContain("manages");
  expect(offText(["Lumbar", "Cervical"])).toMatch(
    /Nobody else manages Lumbar, Cervical: name another manager first\.$/,
  );
});
