import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterContextProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";

/** A component with what the pages stand on, links too. Nothing is tried again, so that a failure shows at once. */
export function renderPage(content: ReactNode) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createRouter({ routeTree: createRootRoute(), history: createMemoryHistory() });
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterContextProvider router={router}>{content}</RouterContextProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

interface StubbedAnswer {
  readonly status?: number;
  readonly body?: unknown;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: string;
}

const NOT_FOUND: StubbedAnswer = { status: 404, body: { code: "not_found", message: "No.", extra: {} } };

/** Answers `fetch` from a table of "METHOD /path" (or "METHOD /path?query"); other requests get 404. Returns what was asked, in order. */
export function stubServer(
  answers: Readonly<Record<string, StubbedAnswer>>,
  other: StubbedAnswer = NOT_FOUND,
): SeenRequest[] {
  const seen: SeenRequest[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    seen.push({ method, path: pathname, query: search, headers, body: await request.clone().text() });
    const answer = answers[`${method} ${pathname}${search}`] ?? answers[`${method} ${pathname}`] ?? other;
    const status = answer.status ?? 200;
    const text = status === 204 ? null : JSON.stringify(answer.body ?? {});
    return new Response(text, { status, headers: { "Content-Type": "application/json" } });
  });
  return seen;
}
