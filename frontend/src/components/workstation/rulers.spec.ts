import { expect, it } from "vitest";
import type { Ruler } from "@/api/assignments";
import type { RulerToKeep } from "@/state/outbox/acts";
import type { Pending } from "@/state/outbox/outbox";
import { keptOf, withDrawn } from "./rulers";

const KEPT: Ruler = {
  id: "one",
  kind: "length",
  plane: "axial",
  name: "Canal",
  points_ras_mm: [
    [0, 0, 0],
    [0, 3, 4],
  ],
  value: 5,
  author: "You",
  mine: true,
  created_at: "2026-01-01T00:00:00Z",
};
const act = (id: string, ruler: RulerToKeep | null, refusal?: string): Pending => ({
  id: `act ${id}`,
  assignmentId: "a",
  userId: "me",
  at: 0,
  act: { kind: "ruler", id, ruler },
  ...(refusal !== undefined && { refusal }),
});

it("shows what was drawn, changed, deleted and brought back before the server has it", () => {
  const longer: RulerToKeep = {
    ...keptOf(KEPT),
    pointsRasMm: [
      [0, 0, 0],
      [0, 6, 8],
    ],
  };
  const other: Ruler = { ...KEPT, id: "two", author: "Rater B", mine: false };
  const list = [KEPT, other];
  expect(withDrawn(list, [])).toEqual(list);
  expect(withDrawn(list, [act("one", longer)])).toEqual([
    { ...KEPT, points_ras_mm: longer.pointsRasMm, value: 10 },
    other,
  ]);
  expect(withDrawn(list, [act("one", null)])).toEqual([other]);
  expect(withDrawn(list, [act("one", null), act("one", keptOf(KEPT))]).map(({ id }) => id)).toEqual(["two", "one"]);
  expect(withDrawn(list, [act("new", longer)]).map(({ id, mine }) => [id, mine])).toEqual([
    ["one", true],
    ["two", false],
    ["new", true],
  ]);
  expect(withDrawn(list, [act("one", null, "It was handed in.")])).toEqual(list);
});
