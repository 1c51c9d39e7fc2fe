import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderPage, stubServer } from "@/testing/render";
import { MemberTable } from "./MemberTable";

const ROOT = "/api/v1/projects/spines";
const nothing = { away_from: null, away_until: null, work_waits: false, max_open: null, max_weekly_hours: null };

function member(person: string, role: string) {
  const user = { id: `id-${person}`, name: person, email: `${person}@x.test` };
  return { id: `${person}-${role}`, user, role, active: true, created_at: "2026-01-01T00:00:00Z", ...nothing };
}

function group(id: string, name: string, ...people: string[]) {
  return { id, name, user_ids: people.map((person) => `id-${person}`), created_at: "2026-01-01T00:00:00Z" };
}

it("shows one group, and puts in whoever is ticked, each person once and nobody who is not shown", async () => {
  const seen = stubServer({
    [`GET ${ROOT}/members`]: {
      body: { results: [member("ada", "rater"), member("ada", "manager"), member("bert", "rater")] },
    },
    [`GET ${ROOT}/groups`]: { body: { results: [group("g1", "Students", "ada"), group("g2", "Experts")] } },
    [`POST ${ROOT}/groups/g2/people`]: { body: group("g2", "Experts", "ada") },
  });
  renderPage(<MemberTable slug="spines" />);
  const table = await screen.findByTestId("members");
  await waitFor(() => expect(within(table).getAllByText("Students")).toHaveLength(2));
  await userEvent.click(screen.getByRole("checkbox", { name: "Tick everybody in this list" }));
  expect(screen.getByRole("status")).toHaveTextContent("2 people ticked");
  await userEvent.click(screen.getByTestId("group-filter"));
  await userEvent.click(await screen.findByRole("option", { name: "Students" }));
  expect(within(table).queryByText("bert")).toBeNull();
  expect(screen.getByRole("status")).toHaveTextContent("1 person ticked");
  await userEvent.click(screen.getByRole("button", { name: "Put into a group" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Experts" }));
  await waitFor(() => expect(screen.queryByText("1 person ticked")).toBeNull());
  const sent = seen.filter(({ method }) => method === "POST").map(({ body }): unknown => JSON.parse(body));
  expect(sent).toEqual([{ put_in: ["id-ada"], take_out: [] }]);
});
