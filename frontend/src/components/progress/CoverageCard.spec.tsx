import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Course } from "@/api/types";
import { renderPage, stubServer } from "@/testing/render";
import { CoverageCard } from "./CoverageCard";

const row = (
  part: Course["coverage"][number]["part"],
  region: "cervical" | "lumbar",
  accepted: number,
  wanted: number | null,
) => ({
  part,
  region,
  accepted,
  wanted,
});

it("sends every target that stands in the form, and leaves out what was emptied", async () => {
  const seen = stubServer({ "PUT /api/v1/projects/spines/coverage-targets": { body: {} } });
  const rows = [
    row("cervical", "cervical", 12, 200),
    row("C1", "cervical", 4, 20),
    row("lumbar", "lumbar", 9, null),
    row("L1", "lumbar", 3, null),
  ];
  renderPage(<CoverageCard slug="spines" rows={rows} />);
  expect(screen.getByRole("row", { name: /Cervical/ })).toHaveTextContent("12 of 200");
  expect(screen.queryByRole("row", { name: /Lumbar/ })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Set targets" }));
  await userEvent.clear(await screen.findByLabelText("C1"));
  await userEvent.type(screen.getByLabelText("L1"), "7");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(seen).toHaveLength(1));
  expect(JSON.parse(seen[0]?.body ?? "")).toEqual({
    targets: [
      { part: "cervical", wanted: 200 },
      { part: "L1", wanted: 7 },
    ],
  });
});
