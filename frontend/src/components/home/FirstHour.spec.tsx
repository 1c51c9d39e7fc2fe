import { fireEvent, screen, waitFor } from "@testing-library/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Suspense } from "react";
import { afterEach, expect, it, vi } from "vitest";
import type { Home } from "@/api/types";
import { sessionKey } from "@/state/session";
import { renderPage, stubServer } from "@/testing/render";
import { FirstHourIn, FirstHours } from "./FirstHour";

afterEach(() => vi.unstubAllGlobals());

type Row = Home["first_hours"][number];
const ROW = {
  project: { slug: "spines", name: "Spines" },
  release: "r1",
  steps: [
    { key: "look", done: true },
    { key: "check", done: false },
  ],
} as unknown as Row;

function shown(preferences: object, rows: readonly Row[] = [ROW], inProject = false) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  client.setQueryData(sessionKey, { id: "u1", email: "r@x.test", memberships: [], preferences } as never);
  renderPage(
    <QueryClientProvider client={client}>
      <Suspense>{inProject ? <FirstHourIn slug="spines" /> : <FirstHours rows={[...rows]} />}</Suspense>
    </QueryClientProvider>,
  );
}

it("lists the steps, says which are done and leads to where they are done", () => {
  shown({});
  expect(screen.getByText("1 of 2 done")).toBeTruthy();
  expect(screen.getByTestId("step-look").dataset["done"]).toBe("true");
  expect(screen.getByText("Look into a release").getAttribute("href")).toBe("/releases/r1");
});

it("keeps with the account that a list is put away, beside what was noted before", async () => {
  const seen = stubServer({ "PATCH /api/v1/me": { body: {} } });
  shown({ first_hour: { away: ["other"], looked: ["spines", 7], checked: "nonsense" } });
  fireEvent.click(screen.getByTestId("put-away-spines"));
  await waitFor(() => expect(seen).toHaveLength(1));
  expect(JSON.parse(seen[0]?.body ?? "")).toEqual({
    preferences: { first_hour: { away: ["other", "spines"], looked: ["spines"], checked: [] } },
  });
});

it("notes that the files were checked", async () => {
  const seen = stubServer({ "PATCH /api/v1/me": { body: {} } });
  shown({});
  fireEvent.click(screen.getByTestId("files-checked"));
  await waitFor(() => expect(seen).toHaveLength(1));
  expect(seen[0]?.body).toContain('"checked":["spines"]');
});

it("shows nothing that was put away, and nothing to those at home everywhere", () => {
  shown({ first_hour: { away: ["spines"] } });
  expect(screen.queryByTestId("first-hours")).toBeNull();
  shown({}, []);
  expect(screen.queryByTestId("first-hours")).toBeNull();
});

it("brings a list back that was put away, on the page of its project alone", async () => {
  const seen = stubServer({ "PATCH /api/v1/me": { body: {} }, "GET /api/v1/home": { body: { first_hours: [ROW] } } });
  shown({ first_hour: { away: ["other", "spines"], looked: ["spines"] } }, [ROW], true);
  fireEvent.click(await screen.findByTestId("show-first-hour-spines"));
  await waitFor(() => expect(seen.some(({ body }) => body !== "")).toBe(true));
  const sent = seen.find(({ body }) => body !== "");
  expect(JSON.parse(sent?.body ?? "")).toEqual({
    preferences: { first_hour: { away: ["other"], looked: ["spines"], checked: [] } },
  });
});
