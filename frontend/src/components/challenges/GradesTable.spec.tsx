import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import type { StandingsRow } from "@/api/types";
import { renderPage } from "@/testing/render";
import { GradesTable } from "./GradesTable";

const NONE = { value: null, low: null, high: null };
const GRADES = {
  kappa: { value: 0.812, low: 0.7, high: 0.9 },
  auc: { value: 0.95, low: null, high: null },
  sensitivity: { value: 0.5, low: null, high: null },
  specificity: NONE,
  vertebrae: 40,
  fractures: 4,
  untold: null,
};

function row(team: string, grades: StandingsRow["grades"]): StandingsRow {
  return { team_id: team, team, grades } as StandingsRow;
}

it("shows a team's grades with the interval, and leaves out who has none", () => {
  renderPage(<GradesTable rows={[row("Careful", GRADES), row("No reader", null)]} />);
  const table = within(screen.getByTestId("grades-board"));
  const cells = table.getAllByRole("cell").map((cell) => cell.textContent);
  expect(cells[0]).toBe("Careful");
  expect(cells[1]).toContain("0.812");
  expect(cells[1]).toContain("0.700 to 0.900");
  expect(cells[2]).toBe("0.950");
  expect(cells[4]).toBe("–");
  expect(cells[5]).toBe("–");
  expect(table.queryByText("No reader")).toBeNull();
});
