import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { Agreement, AgreementPair } from "@/api/types";
import type { PairsAsked } from "@/state/reports";
import { renderPage } from "@/testing/render";
import { PairList } from "./PairList";

const ALL: PairsAsked = { rater: null, group: null, measure: null, page: 1 };
const NOTHING = { value: null, low: null, high: null };

function pair(first: string, second: string, dice: number): AgreementPair {
  const measures = { hd95_mm: NOTHING, assd_mm: NOTHING, nsd_1mm: NOTHING, nsd_2mm: NOTHING };
  const counts = { pairs: 40, patients: 9, missing: 0, cases: 9, graded: 12 };
  return { first, second, ...counts, ...measures, dice: { value: dice, low: null, high: null }, kappa: null };
}

it("lists the pairs as they come, turns pages, and asks for those of one rater from the first page on", async () => {
  const report = {
    raters: ["Anna", "Bert", "Carla"].map((name) => ({ id: name[0] ?? "", name })),
    pairs: [pair("A", "C", 0.61), pair("B", "C", 0.72)],
    pair_count: 150,
    page_size: 60,
  } as unknown as Agreement;
  const setAsked = vi.fn<(asked: PairsAsked) => void>();
  renderPage(<PairList report={report} measure="dice" asked={{ ...ALL, page: 2 }} setAsked={setAsked} />);
  const lines = within(await screen.findByTestId("pair-list")).getAllByRole("row");
  expect(lines.map((line) => line.textContent)).toEqual([
    expect.stringContaining("Raters"),
    expect.stringMatching(/^Anna – Carla40.*0\.610/),
    expect.stringMatching(/^Bert – Carla40.*0\.720/),
  ]);
  await userEvent.click(screen.getByRole("button", { name: "Page 3" }));
  expect(setAsked).toHaveBeenLastCalledWith({ ...ALL, page: 3 });
  await userEvent.click(screen.getByRole("combobox", { name: "Pairs with" }));
  await userEvent.click(await screen.findByRole("option", { name: "Bert" }));
  expect(setAsked).toHaveBeenLastCalledWith({ ...ALL, rater: "B", page: 1 });
});
