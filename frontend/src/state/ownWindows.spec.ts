import { expect, it } from "vitest";
import { MOST_WINDOWS, parseWindows, withWindow } from "./ownWindows";

const window = (name: string, centre = 300, width = 1500) => ({ name, centre, width });

it("reads what the account holds, as far as it makes sense", () => {
  const sound = window("Cement", 1200, 3000);
  const kept = [
    sound,
    window(" "),
    window("x".repeat(25)),
    { name: "No width", centre: 1 },
    window("Flat", 0, 0),
    null,
    3,
  ];
  expect(parseWindows([...kept, { ...sound, name: "Other", more: true }])).toEqual([
    sound,
    window("Other", 1200, 3000),
  ]);
  expect(parseWindows({ 0: sound })).toEqual([]);
  expect(parseWindows(Array.from({ length: 40 }, (_, at) => window(`w${at}`)))).toHaveLength(MOST_WINDOWS);
});

it("saves under a name: the same name is replaced where it stands, the oldest of too many goes", () => {
  const list = [window("Bone marrow"), window("Cement")];
  expect(withWindow(list, window(" bone MARROW ", 50, 400))).toEqual([
    window("bone MARROW", 50, 400),
    window("Cement"),
  ]);
  const full = Array.from({ length: MOST_WINDOWS }, (_, at) => window(`w${at}`));
  const more = withWindow(full, window("new"));
  expect(more).toHaveLength(MOST_WINDOWS);
  expect([more[0]?.name, more.at(-1)?.name]).toEqual(["w1", "new"]);
});
