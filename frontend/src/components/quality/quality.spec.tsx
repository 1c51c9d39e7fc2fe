import { screen, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { BiasFigures, Protocol } from "@/api/types";
import { renderPage } from "@/testing/render";
import { BiasTable, biasNumbers } from "./BiasTable";
import { QualityFields } from "./QualityFields";

const figure = (value: number | null, low: number | null = null, high: number | null = null) => ({ value, low, high });

/** The figures that tests/backend/test_automation_bias.py works out by hand. */
const BIAS: BiasFigures = {
  engine: {
    submissions: 6,
    cases: 2,
    patients: 2,
    final_dice: figure(0.9722, 0.9444, 1),
    volume_difference_ml: figure(-0.012, -0.024, 0),
    minutes_per_vertebra: figure(0.5, 0.5, 0.5),
  },
  blank: {
    submissions: 3,
    cases: 1,
    patients: 1,
    final_dice: figure(0.8333),
    volume_difference_ml: figure(-0.048),
    minutes_per_vertebra: figure(0.6667),
  },
  difference: {
    final_dice: figure(-0.1389),
    volume_difference_ml: figure(-0.036),
    minutes_per_vertebra: figure(0.1667),
  },
};

it("lays blank starts beside engine's starts, with intervals where there are two patients", () => {
  renderPage(<BiasTable bias={BIAS} />);
  const rows = within(screen.getByTestId("automation-bias")).getAllByRole("row");
  const texts = rows.map((row) => [...row.children].map((cell) => cell.textContent));
  expect(texts).toEqual([
    [
      "Mean (95 % interval over patients)",
      "From the engine (6 masks of 2 patients)",
      "Blank (3 masks of 1 patient)",
      "Blank less engine",
    ],
    ["Dice with the accepted mask", "0.972 (0.944 to 1.000)", "0.833", "-0.139"],
    ["Volume less the accepted mask's (ml)", "-0.01 (-0.02 to 0.00)", "-0.05", "-0.04"],
    ["Minutes per vertebra", "0.5 (0.5 to 0.5)", "0.7", "0.2"],
  ]);
  expect(biasNumbers(BIAS).csvRows[2]).toEqual([
    "Blank less engine",
    null,
    null,
    null,
    ...[-0.1389, null, null, -0.036, null, null, 0.1667, null, null],
  ]);
});

it("says where both starts are not there yet", () => {
  renderPage(<BiasTable bias={{ ...BIAS, blank: { ...BIAS.blank, submissions: 0 } }} />);
  expect(screen.getByText(/6 finished corrections began from the engine's mask, 0 without one/)).toBeTruthy();
});

const PROTOCOL: Protocol = {
  key: "own",
  name: "Own",
  version: 1,
  description: "",
  stages: [],
  open_after_submission: false,
  engine: "auto",
  double_blind: false,
  heights_after_answer: false,
  next_task: "begun_first",
  cut_vertebrae: "keep",
  processor_only: false,
  quality: {
    training_cases: 0,
    training_dice: 0.85,
    training_grades: 0.6,
    gold_share: 0,
    repeat_share: 0,
    repeat_after_days: 14,
    repeat_disguise: "shift",
  },
};

it.each([
  [{}, "Otherwise they stay blinded to the end"],
  [{ gold_share: 0.1 }, /Not while gold cases or repeats are mixed in/],
  [{ repeat_share: 0.1 }, /Not while gold cases or repeats are mixed in/],
])("says beside the setting when others' work opens (%o)", (quality, told) => {
  renderPage(
    <QualityFields protocol={{ ...PROTOCOL, quality: { ...PROTOCOL.quality, ...quality } }} onChange={vi.fn()} />,
  );
  expect(screen.getByText(told)).toBeTruthy();
});
