import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderPage, stubServer } from "@/testing/render";
import { Webhooks } from "./Webhooks";

const ROOT = "/api/v1/projects/spines/webhooks";
const WEBHOOK = {
  id: "7a",
  address: "https://lab.example/spine",
  events: ["case.accepted"],
  active: true,
  paused: true,
  waiting: 1,
  given_up: 5,
  last_sent_at: null,
  created_at: "2030-01-01T00:00:00Z",
};
const DELIVERY = {
  id: "d1",
  event_id: "e1",
  event: "case.accepted",
  body: '{"event": "case.accepted"}',
  state: "given_up",
  attempts: 7,
  created_at: "2030-01-01T00:00:00Z",
  next_at: "2030-01-02T00:00:00Z",
  sent_at: null,
  last_status: 503,
  last_error: "It answered 503: come back later",
};
const EVENTS = [
  { event: "case.accepted", title: "A case was accepted" },
  { event: "release.frozen", title: "A release was frozen" },
];

it("adds a webhook after its address and events were given, and shows its secret once", async () => {
  const seen = stubServer({
    [`GET ${ROOT}`]: { body: [] },
    [`GET ${ROOT}/events`]: { body: EVENTS },
    [`POST ${ROOT}`]: { status: 201, body: { id: "7a", secret: "vbwh_abc" } },
  });
  renderPage(<Webhooks slug="spines" />);
  await userEvent.click(screen.getByTestId("webhook-add"));
  await userEvent.type(screen.getByTestId("webhook-address"), "lab.example");
  await userEvent.click(screen.getByRole("button", { name: "Add" }));
  expect(screen.getByText("Choose at least one")).toBeInTheDocument();
  await userEvent.clear(screen.getByTestId("webhook-address"));
  await userEvent.type(screen.getByTestId("webhook-address"), "https://lab.example/spine");
  await userEvent.click(await screen.findByLabelText("A release was frozen"));
  await userEvent.click(screen.getByRole("button", { name: "Add" }));
  expect(await screen.findByTestId("webhook-secret")).toHaveTextContent("vbwh_abc");
  const sent = seen.filter(({ method }) => method === "POST").map(({ body }): unknown => JSON.parse(body));
  expect(sent).toEqual([{ address: "https://lab.example/spine", events: ["release.frozen"] }]);
});

it("says why nothing is taken, and sends a message again", async () => {
  const seen = stubServer({
    [`GET ${ROOT}`]: { body: [WEBHOOK] },
    [`GET ${ROOT}/7a/deliveries`]: { body: { count: 1, next: null, previous: null, results: [DELIVERY] } },
    [`POST ${ROOT}/7a/deliveries/d1/again`]: { status: 202, body: DELIVERY },
  });
  renderPage(<Webhooks slug="spines" />);
  const card = await screen.findByTestId("webhook");
  expect(within(card).getByText(/Paused: five messages in a row/)).toBeInTheDocument();
  expect(within(card).getByText("1 event · never reached · 1 waiting · 5 given up")).toBeInTheDocument();
  expect(await within(card).findByText("Tried 7 times. It answered 503: come back later")).toBeInTheDocument();
  await userEvent.click(within(card).getByRole("button", { name: "Send again" }));
  expect(seen.some(({ method, path }) => method === "POST" && path.endsWith("/d1/again"))).toBe(true);
});
