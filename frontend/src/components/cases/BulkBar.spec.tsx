import { Notifications } from "@mantine/notifications";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { renderPage, stubServer } from "@/testing/render";
import { BulkBar } from "./BulkBar";

const BULK = "/api/v1/projects/spines/cases/bulk";
const outcome = { case_id: "x", alias: "case-1", done: false, message: "It has no open task.", back: [] };

it("tries first, in small parts, and does it only when told so", async () => {
  const seen = stubServer({
    [`POST ${BULK}`]: { body: [outcome] },
    "GET /api/v1/projects/spines/members": { body: { results: [] } },
  });
  const ids = Array.from({ length: 230 }, (_, place) => `id-${place}`);
  const onClear = vi.fn();
  renderPage(<BulkBar slug="spines" caseIds={ids} onClear={onClear} />);
  const sent = () =>
    seen
      .filter(({ path }) => path === BULK)
      .map(({ body }) => JSON.parse(body) as { preview: boolean; case_ids: string[] })
      .map(({ preview, case_ids: some }) => [preview, some.length]);
  await userEvent.click(screen.getByTestId("bulk-distribute"));
  await userEvent.click(await screen.findByTestId("bulk-preview"));
  expect(await screen.findByTestId("bulk-would")).toHaveTextContent("0 of 5 cases will change");
  expect(sent()).toEqual([50, 50, 50, 50, 30].map((n) => [true, n]));
  expect(onClear).not.toHaveBeenCalled();
  await userEvent.click(screen.getByTestId("bulk-confirm"));
  await waitFor(() => expect(onClear).toHaveBeenCalled());
  expect(sent().slice(5)).toEqual([
    [false, 200],
    [false, 30],
  ]);
});

it("spreads over one group where one is chosen", async () => {
  const seen = stubServer({
    [`POST ${BULK}`]: { body: [outcome] },
    "GET /api/v1/projects/spines/members": { body: { results: [] } },
    "GET /api/v1/projects/spines/groups": { body: { results: [{ id: "g1", name: "Students", user_ids: [] }] } },
  });
  renderPage(<BulkBar slug="spines" caseIds={["a"]} onClear={vi.fn()} />);
  await userEvent.click(screen.getByTestId("bulk-distribute"));
  await userEvent.click(await screen.findByTestId("bulk-group"));
  await userEvent.click(await screen.findByRole("option", { name: "Students" }));
  await userEvent.click(screen.getByTestId("bulk-preview"));
  await screen.findByTestId("bulk-would");
  expect(seen.filter(({ path }) => path === BULK).map(({ body }): unknown => JSON.parse(body))).toEqual([
    { action: "distribute", case_ids: ["a"], group_id: "g1", preview: true },
  ]);
});

it("takes back what it did while the message stands", async () => {
  const back = [{ action: "untag", tags: ["metal"] }];
  const seen = stubServer({
    [`POST ${BULK}`]: { body: [{ case_id: "a", alias: "case-1", done: true, message: "Tagged metal", back }] },
    "GET /api/v1/projects/spines/members": { body: { results: [] } },
    "GET /api/v1/projects/spines/case-tags": { body: [] },
  });
  renderPage(
    <>
      <Notifications />
      <BulkBar slug="spines" caseIds={["a"]} onClear={vi.fn()} />
    </>,
  );
  await userEvent.click(screen.getByRole("button", { name: "More" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Tag…" }));
  await userEvent.type(await screen.findByTestId("bulk-tags"), "metal{Enter}");
  await userEvent.click(screen.getByTestId("bulk-confirm"));
  await userEvent.click(await screen.findByTestId("undo"));
  await waitFor(() =>
    expect(seen.filter(({ path }) => path === BULK).map(({ body }): unknown => JSON.parse(body))).toEqual([
      { action: "tag", case_ids: ["a"], tags: ["metal"], preview: false },
      { action: "untag", case_ids: ["a"], tags: ["metal"], preview: false },
    ]),
  );
  await waitFor(() => expect(screen.queryByTestId("undo")).toBeNull());
});
