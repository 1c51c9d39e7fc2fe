import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { SIGNED_OUT, sessionKey, useMe } from "./session";

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
