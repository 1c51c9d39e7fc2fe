import { describe, expect, it } from "vitest";
import type { Training } from "@/api/types";
import { certaintyOf, curveOf, learnsOf, networksOf, outcomeRows, reasonsOf } from "./outcome";

const figures = {
  score: 0.5,
  loss: null,
  scenes: null,
  found: null,
  missed: null,
  invented: null,
  right: null,
  vertebrae: null,
  dice: null,
};
const outcome: Training["outcome"] = {
  network: "",
  steps: 10,
  seconds: 1,
  cases: 2,
  validation_before: null,
  validation_after: null,
  validation: [],
  better: ["localise"],
  networks: [],
  calibration: null,
  self_training: null,
  device: "cpu",
  notes: [],
};

describe("learnsOf", () => {
  it("joins what learns in the order of the pipeline", () => {
    expect(learnsOf(["segment", "localise", "label"])).toBe("Finding, naming and borders");
    expect(learnsOf(["segment", "localise"])).toBe("Finding and borders");
    expect(learnsOf(["label"])).toBe("Naming");
  });
});

describe("curves", () => {
  it("keeps the networks apart and shows the last round", () => {
    const curve = [
      { step: 1, network: "localise", round: 1, loss: 3 },
      { step: 1, network: "label", round: 1, loss: 2 },
      { step: 1, network: "localise", round: 2, loss: 1 },
    ];
    expect(networksOf(curve)).toEqual(["localise", "label"]);
    expect(curveOf(curve, "localise")).toEqual([{ step: 1, network: "localise", round: 2, loss: 1 }]);
  });

  it("takes points that name no network for the borders", () => {
    expect(networksOf([{ step: 1 }])).toEqual(["segment"]);
    expect(curveOf([{ step: 1 }], "segment")).toHaveLength(1);
  });
});

describe("outcomeRows", () => {
  it("tells found, missed and invented of finding, with the reason where it was not kept", () => {
    const taught = {
      network: "localise",
      better: false,
      reason: "It does worse.",
      steps: 5,
      seconds: 1,
      before: { ...figures, found: 8, missed: 2, invented: 0, right: 8 },
      after: { ...figures, found: 7, missed: 3, invented: 1, right: 7 },
    };
    const [row] = outcomeRows({ ...outcome, networks: [taught] });
    expect(row?.name).toBe("Finding");
    expect(row?.reason).toBe("It does worse.");
    expect(row?.figures).toEqual([
      { name: "Found", before: "8 of 10", after: "7 of 10" },
      { name: "Missed", before: "2", after: "3" },
      { name: "Invented", before: "0", after: "1" },
    ]);
  });

  it("claims nothing where no patient was held out", () => {
    const none = { ...figures, score: null };
    const taught = { network: "segment", better: true, reason: "", steps: 5, seconds: 1, before: none, after: none };
    expect(outcomeRows({ ...outcome, networks: [taught] })[0]?.figures).toEqual([]);
  });
});

it("counts the reasons for which undrawn cases were left out, whatever their numbers", () => {
  expect(
    reasonsOf([
      { reason: "The names are a guess." },
      { reason: "A mirrored look draws L3 differently (Dice 0.71)." },
      { reason: "A mirrored look draws L3 differently (Dice 0.64)." },
    ]),
  ).toEqual([
    { reason: "A mirrored look draws L3 differently.", cases: 2 },
    { reason: "The names are a guess.", cases: 1 },
  ]);
});

it("says where it was not fitted anew how sure the engine is", () => {
  const fit = { reason: "Too little.", bodies: 4, others: 0, spines: 1, without_a_spine: 0, before: null, after: null };
  expect(certaintyOf({ ...outcome, calibration: { ...fit, state: "none" } })).toContain("draw all that they find");
  expect(certaintyOf({ ...outcome, calibration: { ...fit, state: "carried over" } })).toContain("earlier weights");
  const after = { error: 0.03, spines_drawn: 2, others_drawn: 0 };
  expect(certaintyOf({ ...outcome, calibration: { ...fit, state: "fitted", after } })).toContain("0.030");
  expect(certaintyOf(outcome)).toBe("");
});
