import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderPage, stubServer } from "@/testing/render";
import { InviteMany } from "./InviteMany";

it("invites each address once, names what is left out, and hands over the links that were not mailed", async () => {
  const seen = stubServer({
    "POST /api/v1/projects/spines/invitations": { body: { link: "https://site/invitation#secret" } },
  });
  renderPage(<InviteMany slug="spines" />);
  await userEvent.click(screen.getByTestId("invite-many"));
  await userEvent.click(await screen.findByTestId("many-addresses"));
  await userEvent.paste("anna@x.test\nbert@\nCarl <carl@y.test>\nanna@x.test");
  expect(screen.getByTestId("address-faults")).toHaveTextContent("Line 2: bert@ is no e-mail address.");
  expect(screen.getByTestId("address-faults")).toHaveTextContent("Line 4: anna@x.test stands in line 1 already.");
  await userEvent.click(screen.getByRole("button", { name: "Invite 2 people" }));
  expect(await screen.findByText(/2 people were invited; for 2 people the site sent no e-mail/)).toBeInTheDocument();
  const sent = seen.filter(({ body }) => body !== "").map(({ body }): unknown => JSON.parse(body));
  expect(sent).toEqual([
    { email: "anna@x.test", role: "rater" },
    { email: "carl@y.test", role: "rater" },
  ]);
  expect(screen.getByText(/carl@y\.test.*invitation#secret/)).toBeInTheDocument();
});
