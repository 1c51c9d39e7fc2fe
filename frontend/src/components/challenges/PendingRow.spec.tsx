import { ModalsProvider } from "@mantine/modals";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { PendingArchive } from "@/api/types";
import { renderPage, stubServer } from "@/testing/render";
import { PendingRow } from "./PendingRow";

const ARCHIVE: PendingArchive = {
  id: "u1",
  name: "masks.zip",
  size_bytes: 1000,
  offset_bytes: 400,
  begun_at: "2030-01-01T00:00:00Z",
  expires_at: "2030-01-03T00:00:00Z",
};

function show(archive: PendingArchive) {
  const onHandIn = vi.fn();
  renderPage(
    <ModalsProvider>
      <PendingRow challengeId="c1" archive={archive} handing={false} onHandIn={onHandIn} />
    </ModalsProvider>,
  );
  return onHandIn;
}

it("says how much has arrived and how it goes on, and is discarded once that was confirmed", async () => {
  const seen = stubServer({ "DELETE /api/v1/uploads/predictions/u1/": { status: 204 } });
  show(ARCHIVE);
  expect(screen.getByTestId("pending-archive")).toHaveTextContent("40 % of 1.0 KB have arrived. Choose the same file");
  expect(screen.queryByTestId("hand-in-archive")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  const dialog = await screen.findByRole("dialog");
  expect(seen).toEqual([]);
  await userEvent.click(within(dialog).getByRole("button", { name: "Discard" }));
  await waitFor(() => expect(seen.map(({ method }) => method)).toEqual(["DELETE"]));
});

it("hands in one that is whole", async () => {
  stubServer({});
  const onHandIn = show({ ...ARCHIVE, offset_bytes: 1000 });
  await userEvent.click(screen.getByTestId("hand-in-archive"));
  expect(onHandIn).toHaveBeenCalledOnce();
});
