// Other names for what the engine counted: what each would do, seen from whichever of them the mask has.
import { expect, it } from "vitest";
import { labelOf, nameOf } from "./labels";
import { namingsNow, spanOf, type ToldNames } from "./namings";

const labels = (...names: string[]): number[] => names.map((name) => labelOf(name) ?? -1);

const TOLD: ToldNames = {
  levels: labels("T11", "T12", "L1", "L2"),
  probability: 0.6,
  alternatives: [
    { labels: labels("T12", "L1", "L2", "L3"), probability: 0.2 },
    { labels: labels("T10", "T11", "T12", "L1"), probability: 0.1 },
    { labels: labels("T11", "T12", "T13", "L1"), probability: 0.05 },
    { labels: labels("T10", "T11", "L1", "L2"), probability: 0.02 },
  ],
};

function told(present: readonly number[]) {
  const now = namingsNow(TOLD, present);
  if (now === null) return null;
  const moved = (moves: ReadonlyMap<number, number>) =>
    [...moves].map(([from, to]) => `${nameOf(from)}>${nameOf(to)}`).join(" ");
  return [
    [spanOf(now.present.labels), now.present.probability],
    ...now.others.map(({ way, probability, moves }) => [way, probability, moved(moves)]),
  ];
}

it("says how far each of the others is moved, and what becomes of every vertebra", () => {
  expect(told(TOLD.levels)).toEqual([
    ["T11 to L2", 0.6],
    ["One down", 0.2, "T11>T12 T12>L1 L1>L2 L2>L3"],
    ["One up", 0.1, "T11>T10 T12>T11 L1>T12 L2>L1"],
    ["With T13", 0.05, "L1>T13 L2>L1"],
    ["Without T12", 0.02, "T11>T10 T12>T11"],
  ]);
});

it("starts from the names that the mask has, whichever of them that is", () => {
  const down = told([...labels("L3", "T12", "L1", "L2"), 26]);
  expect(down?.slice(0, 3)).toEqual([
    ["T12 to L3", 0.2],
    ["One up", 0.6, "T12>T11 L1>T12 L2>L1 L3>L2"],
    ["Two up", 0.1, "T12>T10 L1>T11 L2>T12 L3>L1"],
  ]);
  expect(told(labels("T11", "T12", "T13", "L1"))?.[1]).toEqual(["Without T13", 0.6, "T13>L1 L1>L2"]);
});

it("offers nothing where the mask has other vertebrae than the engine named", () => {
  expect(told(labels("T11", "T12", "L1"))).toBeNull();
  expect(told(labels("T11", "T12", "L1", "L2", "L3"))).toBeNull();
});
