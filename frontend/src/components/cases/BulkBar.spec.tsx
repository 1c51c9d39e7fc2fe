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
  const onSelect = vi.fn();
  renderPage(<BulkBar slug="spines" caseIds={ids} onSelect={onSelect} />);
  const sent = () =>
    seen
      .filter(({ path }) => path === BULK)
      .map(({ body }) => JSON.parse(body) as { preview: boolean; case_ids: string[] })
      .map(({ preview, case_ids: some }) => [preview, some.length]);
  await userEvent.click(screen.getByTestId("bulk-distribute"));
  await userEvent.click(await screen.findByTestId("bulk-preview"));
  expect(await screen.findByTestId("bulk-would")).toHaveTextContent("0 of 5 cases will change");
  expect(sent()).toEqual([50, 50, 50, 50, 30].map((n) => [true, n]));
  expect(onSelect).not.toHaveBeenCalled();
  await userEvent.click(screen.getByTestId("bulk-confirm"));
  await waitFor(() => expect(onSelect).toHaveBeenCalledWith([]));
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
  renderPage(<BulkBar slug="spines" caseIds={["a"]} onSelect={vi.fn()} />);
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
      <BulkBar slug="spines" caseIds={["a"]} onSelect={vi.fn()} />
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

it("keeps what is left selected, and offers to undo what was done, where it breaks off", async () => {
  const ids = Array.from({ length: 230 }, (_, place) => `id-${place}`);
  const back = [{ action: "prioritise", priority: 0 }];
  const done = ids.slice(0, 200).map((id) => ({ case_id: id, alias: id, done: true, message: "Changed", back }));
  let asked = 0;
  const seen = stubServer({
    get [`POST ${BULK}`]() {
      asked += 1;
      return asked === 2 ? { status: 503, body: { code: "busy", detail: "Come again." } } : { body: done };
    },
    "GET /api/v1/projects/spines/members": { body: { results: [] } },
  });
  const onSelect = vi.fn();
  renderPage(
    <>
      <Notifications />
      <BulkBar slug="spines" caseIds={ids} onSelect={onSelect} />
    </>,
  );
  await userEvent.click(screen.getByRole("button", { name: "More" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Change the priority" }));
  expect(await screen.findByTestId("bulk-undo")).toHaveTextContent("it can be undone");
  await userEvent.click(screen.getByTestId("bulk-confirm"));
  await waitFor(() => expect(onSelect).toHaveBeenCalledWith(ids.slice(200)));
  expect(await screen.findByText(/What is left is still selected/)).toBeInTheDocument();
  await userEvent.click(await screen.findByTestId("undo"));
  await waitFor(() => expect(asked).toBe(3));
  const last = JSON.parse(seen.filter(({ path }) => path === BULK).at(-1)?.body ?? "") as { case_ids: string[] };
  expect(last.case_ids).toEqual(ids.slice(0, 200));
});

it("says before an act that has no way back", async () => {
  stubServer({ "GET /api/v1/projects/spines/members": { body: { results: [] } } });
  renderPage(<BulkBar slug="spines" caseIds={["a"]} onSelect={vi.fn()} />);
  await userEvent.click(screen.getByRole("button", { name: "More" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Take back unfinished work" }));
  expect(await screen.findByTestId("bulk-undo")).toHaveTextContent("This cannot be undone");
});

it("returns with words, and reassigns from whom and to whom is said", async () => {
  const members = [
    { user: { id: "u1", name: "Ada" }, role: "rater", active: true },
    { user: { id: "u2", name: "Ben" }, role: "rater", active: true },
  ];
  const seen = stubServer({
    [`POST ${BULK}`]: { body: [] },
    "POST /api/v1/projects/spines/cases/return": { body: [] },
    "GET /api/v1/projects/spines/members": { body: { results: members } },
  });
  renderPage(<BulkBar slug="spines" caseIds={["a"]} onSelect={vi.fn()} />);
  const said = (path: string): unknown[] =>
    seen.filter((request) => request.path === path).map(({ body }): unknown => JSON.parse(body));
  await userEvent.click(screen.getByRole("button", { name: "More" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Return…" }));
  expect(screen.getByTestId("bulk-confirm")).toBeDisabled();
  await userEvent.type(screen.getByTestId("bulk-comment"), " L1 leaks ");
  await userEvent.click(screen.getByTestId("bulk-confirm"));
  await waitFor(() =>
    expect(said("/api/v1/projects/spines/cases/return")).toEqual([
      { case_ids: ["a"], comment: "L1 leaks", preview: false },
    ]),
  );
  await userEvent.click(screen.getByRole("button", { name: "More" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Reassign…" }));
  expect(screen.getByTestId("bulk-confirm")).toBeDisabled();
  for (const [label, name] of [
    ["From", "Ada (rater)"],
    ["To", "Ben (rater)"],
  ] as const) {
    await userEvent.click(screen.getByRole("combobox", { name: label }));
    await userEvent.click(await screen.findByRole("option", { name, hidden: false }));
  }
  await userEvent.click(screen.getByTestId("bulk-confirm"));
  await waitFor(() =>
    expect(said(BULK)).toEqual([
      { action: "reassign", case_ids: ["a"], user_id: "u2", from_user_id: "u1", preview: false },
    ]),
  );
});
