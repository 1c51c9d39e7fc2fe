import { ModalsProvider } from "@mantine/modals";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Challenge } from "@/api/types";
import { renderPage, stubServer } from "@/testing/render";
import { EvaluationKeys } from "./EvaluationKeys";

const ROOT = "/api/v1/challenges/c1/phases";
const KEY = {
  id: "k1",
  name: "Computing centre",
  made_by: "Ann",
  made_at: "2030-01-01T00:00:00Z",
  used_at: null,
  revoked_at: null,
};

function challenge(...phases: { split: string; reads_keys: boolean; makes_keys: boolean }[]): Challenge {
  return { id: "c1", phases } as unknown as Challenge;
}

const page = (...rows: object[]) => ({ body: { count: rows.length, next: null, previous: null, results: rows } });

it("is not there for who may not see keys", () => {
  renderPage(<EvaluationKeys challenge={challenge({ split: "test", reads_keys: false, makes_keys: false })} />);
  expect(screen.queryByTestId("evaluation-keys")).toBeNull();
});

it("makes a key whose secret is shown once, and revokes one after asking", async () => {
  const seen = stubServer({
    [`GET ${ROOT}/validation/keys`]: page(KEY),
    [`POST ${ROOT}/validation/keys`]: { status: 201, body: { split: "validation", secret: "vbek_abc" } },
    [`DELETE ${ROOT}/validation/keys/k1`]: { status: 204 },
  });
  renderPage(
    <ModalsProvider>
      <EvaluationKeys challenge={challenge({ split: "validation", reads_keys: true, makes_keys: true })} />
    </ModalsProvider>,
  );
  await userEvent.type(screen.getByLabelText(/Who evaluates/), "Centre");
  await userEvent.click(screen.getByRole("button", { name: "Make a key" }));
  expect(await screen.findByTestId("evaluation-key")).toHaveTextContent("vbek_abc");
  await userEvent.click(screen.getByRole("button", { name: "Revoke Computing centre" }));
  await userEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Revoke" }));
  const changed = () => seen.filter(({ method }) => method !== "GET").map(({ method }) => method);
  await waitFor(() => expect(changed()).toEqual(["POST", "DELETE"]));
});

it("makes none of a sealed part for who does not read it", async () => {
  stubServer({ [`GET ${ROOT}/test/keys`]: page() });
  renderPage(<EvaluationKeys challenge={challenge({ split: "test", reads_keys: true, makes_keys: false })} />);
  expect(await screen.findByText("The part is sealed: who keeps it makes the keys.")).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Make a key" })).toBeNull();
});
