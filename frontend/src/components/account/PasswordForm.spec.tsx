import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { renderPage, stubServer } from "@/testing/render";
import { PasswordForm } from "./PasswordForm";

const CONFIG = {
  site_name: "Vertebase",
  version: "0",
  open_signup: false,
  demo_accounts: [{ email: "rater1@demo.test", password: "pw", role: "rater", display_name: "Ada Rater" }],
};

it("says what the server says about wrong credentials, and does not go on", async () => {
  stubServer({
    "GET /api/v1/config": { body: { ...CONFIG, demo_accounts: [] } },
    "POST /_allauth/browser/v1/auth/login": {
      status: 400,
      body: { status: 400, errors: [{ code: "mismatch", param: "password", message: "Not correct." }] },
    },
  });
  const onOutcome = vi.fn(() => Promise.resolve());
  renderPage(<PasswordForm onOutcome={onOutcome} />);
  await userEvent.type(screen.getByTestId("email"), "a@b.test");
  await userEvent.type(screen.getByTestId("password"), "x");
  await userEvent.click(screen.getByTestId("sign-in"));
  expect(await screen.findByRole("alert")).toHaveTextContent("Not correct.");
  expect(onOutcome).not.toHaveBeenCalled();
});

it("asks for the code where the account has a second factor", async () => {
  stubServer({
    "GET /api/v1/config": { body: CONFIG },
    "POST /_allauth/browser/v1/auth/login": {
      status: 401,
      body: { status: 401, data: { flows: [{ id: "login" }, { id: "mfa_authenticate", is_pending: true }] } },
    },
  });
  const onOutcome = vi.fn(() => Promise.resolve());
  renderPage(<PasswordForm onOutcome={onOutcome} />);
  await userEvent.click(await screen.findByTestId("demo-rater1"));
  await waitFor(() => expect(onOutcome).toHaveBeenCalledWith("needs_code"));
});

it("sends nothing before both fields are filled in", async () => {
  const requests = stubServer({ "GET /api/v1/config": { body: CONFIG } });
  renderPage(<PasswordForm onOutcome={() => Promise.resolve()} />);
  await userEvent.click(screen.getByTestId("sign-in"));
  expect(await screen.findByText("Enter your e-mail address")).toBeInTheDocument();
  expect(requests.some(({ method }) => method === "POST")).toBe(false);
});
