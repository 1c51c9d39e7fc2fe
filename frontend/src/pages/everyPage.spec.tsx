/** @vitest-environment jsdom */
// Every page has a row in the table that the walk in the browser goes by, and none waits for ever for a server that fails.
import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { act, render, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import type { Me, Project } from "@/api/types";
import { makeRouter } from "@/router";
import { EVERY_PAGE } from "@/testing/everyPage";
import { stubServer } from "@/testing/render";

const ME: Me = {
  id: "me",
  email: "ada@x.test",
  display_name: "Ada",
  is_staff: true,
  may_create_projects: true,
  preferences: {},
  language: "en",
  memberships: [{ project: { id: "p", slug: "demo", name: "Demo" }, role: "manager" }],
};
const PROJECT: Project = {
  id: "p",
  slug: "demo",
  name: "Demo",
  description: "",
  guidelines: "",
  finding_rules: {},
  working_spacing_mm: 1,
  dicomweb: false,
  my_roles: ["manager"],
  counts: { series: 0, cases: 0, accepted: 0, quarantined: 0 },
  created_at: "2026-11-30T12:00:00Z",
  protocol: {
    key: "own",
    name: "Own",
    version: 1,
    description: "",
    stages: [],
    open_after_submission: false,
    engine: "",
    heights_after_answer: false,
    double_blind: false,
    next_task: "begun_first",
    cut_vertebrae: "keep",
    processor_only: false,
    quality: {
      training_cases: 0,
      training_dice: 0,
      training_grades: 0,
      gold_share: 0,
      repeat_share: 0,
      repeat_after_days: 0,
      repeat_disguise: "shift",
    },
  },
};
/** What needs nothing of the server before somebody acts, or says of a link that it could not be used. */
const STANDS_ALONE = new Set([
  "/help",
  "/sign-in",
  "/forgotten-password",
  "/account/password/reset/key/$key",
  "/account/verify-email/$key",
  "/invitation",
  "/data/confirm",
  "/device",
  "/projects/$slug/settings", // shows the project, which is there
]);

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  Object.defineProperty(document, "fonts", { configurable: true, value: new EventTarget() }); // jsdom has none
  vi.stubGlobal(
    "WebSocket",
    class extends EventTarget {
      close(): void {}
    },
  );
});

async function openPage(address: string) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = makeRouter(client, createMemoryHistory({ initialEntries: [address] }));
  await act(async () => {
    await router.load(); // the page's code
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <ModalsProvider>
          <RouterProvider router={router} />
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

it("every page of the router has a row", () => {
  const { routesById } = makeRouter(new QueryClient(), createMemoryHistory());
  const pages = Object.values(routesById).filter(({ children }) => children === undefined);
  expect(EVERY_PAGE.map(({ route }) => route).sort()).toEqual(pages.map(({ fullPath }) => fullPath).sort());
});

it.each(EVERY_PAGE.filter(({ needsWindow }) => needsWindow !== true))(
  "$route says that the server failed, and can be tried again",
  async ({ route, address }) => {
    stubServer(
      { "GET /api/v1/me": { body: ME }, "GET /api/v1/projects/demo": { body: PROJECT } },
      { status: 500, body: { code: "server_error", message: "", extra: {} } },
    );
    await openPage(address.replaceAll(/[{}]/g, ""));
    await waitFor(
      () => {
        const main = document.getElementById("main") ?? document.body;
        expect(main.querySelectorAll(".mantine-Skeleton-root, [role=status][aria-label=Loading]")).toHaveLength(0);
        if (STANDS_ALONE.has(route)) expect(main).toHaveTextContent(/\w/);
        else expect(screen.getAllByRole("button", { name: "Try again" }).length).toBeGreaterThan(0);
      },
      { timeout: 20_000 },
    );
  },
  60_000,
);
