// Making an account uninvited, and proving its address.
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { makeRouter } from "@/router";
import { stubServer } from "@/testing/render";

const AUTH = "/_allauth/browser/v1/auth";
const CONFIG = { site_name: "Vertebase", version: "0", sends_mail: true, contact: "", demo_accounts: [] };
const PENDING = { status: 401, data: { flows: [{ id: "login" }, { id: "verify_email", is_pending: true }] } };
const PASS_PHRASE = "a long and odd pass phrase";

beforeEach(() => vi.stubGlobal("scrollTo", () => undefined));

function openPage(address: string) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = makeRouter(client, createMemoryHistory({ initialEntries: [address] }));
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return router;
}

async function fillIn(email: string): Promise<void> {
  fireEvent.change(await screen.findByTestId("email", undefined, { timeout: 10_000 }), { target: { value: email } });
  fireEvent.change(screen.getByTestId("new-password"), { target: { value: PASS_PHRASE } });
  fireEvent.change(screen.getByTestId("new-password-again"), { target: { value: PASS_PHRASE } });
  fireEvent.click(screen.getByTestId("sign-up"));
}

it("sends who signs up to the mailbox, without saying whether the address is known", async () => {
  const requests = stubServer({
    "GET /api/v1/config": { body: { ...CONFIG, open_signup: true } },
    [`POST ${AUTH}/signup`]: { status: 401, body: PENDING },
  });
  openPage("/sign-up");
  await fillIn("new@hospital.test");
  const told = await screen.findByTestId("signed-up");
  expect(told).toHaveTextContent("A mail is on its way to new@hospital.test");
  expect(told).toHaveTextContent("If you have an account with this address already, the mail says so.");
  const sent = requests.find(({ method }) => method === "POST");
  expect(JSON.parse(sent?.body ?? "{}")).toEqual({ email: "new@hospital.test", password: PASS_PHRASE });
}, 30_000);

it("says what is wrong with a password", async () => {
  stubServer({
    "GET /api/v1/config": { body: { ...CONFIG, open_signup: true } },
    [`POST ${AUTH}/signup`]: {
      status: 400,
      body: { status: 400, errors: [{ code: "x", param: "password", message: "This password is too common." }] },
    },
  });
  openPage("/sign-up");
  await fillIn("new@hospital.test");
  expect(await screen.findByRole("alert")).toHaveTextContent("This password is too common.");
}, 30_000);

it("offers no form where accounts are made by invitation", async () => {
  stubServer({ "GET /api/v1/config": { body: { ...CONFIG, open_signup: false } } });
  openPage("/sign-up");
  expect(await screen.findByText(/made by invitation/, undefined, { timeout: 10_000 })).toBeInTheDocument();
  expect(screen.queryByTestId("sign-up")).toBeNull();
}, 30_000);

it.each([
  [401, /The address is verified/],
  [400, /The link could not be used/],
])(
  "verifies an address by a click (%i)",
  async (status, text) => {
    const errors = [{ code: "invalid_key", param: "key", message: "Invalid or expired key." }];
    const requests = stubServer({
      [`GET ${AUTH}/email/verify`]: { body: { status: 200, data: { email: "new@hospital.test" } } },
      [`POST ${AUTH}/email/verify`]: { status, body: status === 400 ? { status, errors } : { status, data: {} } },
    });
    openPage("/account/verify-email/the-key");
    const button = await screen.findByTestId("verify", undefined, { timeout: 10_000 });
    expect(screen.getByText("new@hospital.test")).toBeInTheDocument();
    expect(requests.map(({ method }) => method)).toEqual(["GET"]);
    expect(requests[0]?.headers.get("X-Email-Verification-Key")).toBe("the-key");
    fireEvent.click(button);
    expect(await screen.findByText(text)).toBeInTheDocument();
    expect(JSON.parse(requests[1]?.body ?? "{}")).toEqual({ key: "the-key" });
  },
  30_000,
);

it("goes on into the site in the browser in which the account was made", async () => {
  stubServer({
    "GET /api/v1/config": { body: { ...CONFIG, open_signup: true } },
    [`GET ${AUTH}/email/verify`]: { body: { status: 200, data: { email: "new@hospital.test" } } },
    [`POST ${AUTH}/email/verify`]: { body: { status: 200, data: {} } },
    "GET /api/v1/me": { status: 401 },
  });
  const router = openPage("/account/verify-email/the-key");
  fireEvent.click(await screen.findByTestId("verify", undefined, { timeout: 10_000 }));
  // Home asks who is signed in; nobody is on this stubbed site.
  await waitFor(() => expect(router.state.location.pathname).toBe("/sign-in"));
}, 30_000);
