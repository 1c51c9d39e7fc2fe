import { ModalsProvider } from "@mantine/modals";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { ReleaseDetail } from "@/api/types";
import { renderPage, stubServer } from "@/testing/render";
import { EmbargoCard } from "./EmbargoCard";

const ROOT = "/api/v1/releases/r1/embargo";
const EMBARGO = {
  locked_until: "2030-01-01",
  opened_at: null,
  may_name: false,
  accesses: [{ at: "2029-01-01T00:00:00Z", who: "Mara", what: "files" }],
  custodians: [{ id: "c1", name: "Rosa", state: "asked", mine: true, may_take_back: false, confirmed_at: null }],
};

it("asks before somebody becomes a custodian, since that takes the part from its managers for good", async () => {
  const seen = stubServer({
    [`GET ${ROOT}`]: { body: EMBARGO },
    "POST /api/v1/releases/r1/custodians/c1/answer": { body: EMBARGO },
  });
  renderPage(
    <ModalsProvider>
      <EmbargoCard release={{ id: "r1" } as ReleaseDetail} />
    </ModalsProvider>,
  );
  expect(await screen.findByTestId("sealed-accesses")).toHaveTextContent("Counts and list of files");
  await userEvent.click(screen.getByRole("button", { name: "Accept" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("nobody can undo that");
  expect(seen.filter(({ method }) => method !== "GET")).toEqual([]);
  await userEvent.click(within(dialog).getByRole("button", { name: "Become a custodian" }));
  await waitFor(() => expect(seen.filter(({ method }) => method !== "GET")).toHaveLength(1));
});
