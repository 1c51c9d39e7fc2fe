// Letting a program sign in by its code.
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { makeRouter } from "@/router";
import { stubServer } from "@/testing/render";

const ME = {
  id: "1",
  email: "rater@hospital.test",
  display_name: "",
  is_staff: false,
  may_create_projects: false,
  preferences: {},
  memberships: [],
};
const PROGRAM = {
  program: "3D Slicer",
  machine: "reading-room-2",
  scope: "annotate",
  asked_at: new Date().toISOString(),
  expires_at: new Date().toISOString(),
};

beforeEach(() => vi.stubGlobal("scrollTo", () => undefined));

it("shows which program asks for what before it is let in", async () => {
  const requests = stubServer({
    "GET /api/v1/me": { body: ME },
    "POST /api/v1/me/programs/look": { body: PROGRAM },
    "POST /api/v1/me/programs/answer": { body: PROGRAM },
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = makeRouter(client, createMemoryHistory({ initialEntries: ["/device#BCDF-GHJK"] }));
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const code = await screen.findByTestId("program-code", undefined, { timeout: 10_000 });
  expect(code).toHaveValue("BCDF-GHJK");
  expect(requests.filter(({ method }) => method === "POST")).toEqual([]);
  fireEvent.click(screen.getByRole("button", { name: "Continue" }));
  const told = await screen.findByTestId("program");
  expect(told).toHaveTextContent("3D Slicer");
  expect(told).toHaveTextContent("reading-room-2");
  expect(told).toHaveTextContent("also do your tasks");
  fireEvent.click(screen.getByTestId("allow"));
  expect(await screen.findByRole("status")).toHaveTextContent("3D Slicer goes on by itself");
  const sent = requests
    .filter(({ method }) => method === "POST")
    .map(({ body }) => JSON.parse(body ?? "{}") as unknown);
  expect(sent).toEqual([{ code: "BCDF-GHJK" }, { code: "BCDF-GHJK", allows: true }]);
}, 30_000);
