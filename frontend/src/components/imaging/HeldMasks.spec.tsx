import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderPage, stubServer } from "@/testing/render";
import { HeldMasks } from "./HeldMasks";

const held = (id: string, state: string, pseudonym: string) => ({
  id,
  state,
  pseudonym,
  series_id: `series-${id}`,
  series_number: 1,
  thumbnail_url: null,
  readings: [
    {
      key: "totalsegmentator",
      name: "TotalSegmentator 2",
      why: ["numbers and sizes fit"],
      rows: [{ number: 27, volume_ml: 60, level: 24, reason: "order and size fit" }],
    },
  ],
});

it("says of a number what fits only of the level that was proposed for it", async () => {
  const rows = [held("a", "waiting", "sub-0001")];
  stubServer({
    "GET /api/v1/projects/p/held-masks": { body: { count: 1, next: null, previous: null, results: rows } },
  });
  renderPage(<HeldMasks slug="p" />);
  const level = await screen.findByRole("combobox", { name: "Level of number 27" });
  expect(screen.getByText("order and size fit")).toBeInTheDocument();
  fireEvent.change(level, { target: { value: "23" } });
  expect(screen.queryByText("order and size fit")).toBeNull();
});

it("offers to read the numbers of a mask that was left out, and only of that", async () => {
  const rows = [held("a", "waiting", "sub-0001"), held("b", "refused", "sub-0002"), held("c", "confirmed", "sub-0003")];
  const requests = stubServer({
    "GET /api/v1/projects/p/held-masks": { body: { count: 3, next: null, previous: null, results: rows } },
    "POST /api/v1/held-masks/b/take-back": { body: { ...rows[1], state: "waiting" } },
  });
  renderPage(<HeldMasks slug="p" />);
  expect(await screen.findByTestId("held-masks")).toHaveTextContent("sub-0001");
  const leftOut = screen.getByTestId("left-out-masks");
  expect(leftOut).toHaveTextContent("sub-0002, series 1");
  expect(leftOut).not.toHaveTextContent("sub-0003");
  await userEvent.click(screen.getByRole("button", { name: "Read the numbers of sub-0002, series 1" }));
  await waitFor(() => expect(requests.map(({ path }) => path)).toContain("/api/v1/held-masks/b/take-back"));
});
