import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, renderHook, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { stepStore } from "./edits/stepStore";
import { SIGNED_OUT, sessionKey, useMe, useSignOut } from "./session";

function Greeting() {
  return <p>Hello, {useMe().display_name}</p>;
}

it("keeps the page's user while a session that ended leaves for the sign-in", () => {
  const client = new QueryClient();
  client.setQueryData(sessionKey, { display_name: "Ada", memberships: [] });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <Greeting />
      </QueryClientProvider>
    </MantineProvider>,
  );
  act(() => {
    client.setQueryData(sessionKey, SIGNED_OUT);
  });
  expect(screen.getByText("Hello, Ada")).toBeTruthy();
});

it("leaves no steps of a mask in the browser at sign-out", async () => {
  // the session's end is told by a 401
  vi.stubGlobal("fetch", async () => new Response("{}", { status: 401 }));
  const forgetAll = vi.spyOn(stepStore, "forgetAll").mockRejectedValue(new Error("this browser keeps nothing"));
  const client = new QueryClient();
  const { result } = renderHook(useSignOut, {
    wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
  });
  await result.current();
  expect(forgetAll).toHaveBeenCalledOnce();
  expect(client.getQueryData(sessionKey)).toBe(SIGNED_OUT);
});
