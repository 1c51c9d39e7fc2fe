import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Question } from "@/api/types";
import { renderPage, stubServer } from "@/testing/render";
import { Thread } from "./Thread";

const QUESTION: Question = {
  id: "q",
  case_id: "c",
  case_alias: "case-1",
  label: 20,
  voxel: null,
  state: "open",
  in_draft: false,
  version: null,
  asked_at: "2026-03-02T10:00:00Z",
  asked_by: "",
  mine: true,
  text: "Is this a rib?",
  replies: [],
};

// the field grows with its text, which it measures by fonts that jsdom lacks
Object.defineProperty(document, "fonts", { value: new EventTarget() });

it("lets whoever asked withdraw the question, and nobody else", async () => {
  const seen = stubServer({ "POST /api/v1/questions/q/close": { status: 204 } });
  const { unmount } = renderPage(<Thread slug="spines" question={QUESTION} />);
  await userEvent.click(await screen.findByRole("button", { name: "Withdraw it" }));
  await waitFor(() => expect(seen.map(({ path }) => path)).toContain("/api/v1/questions/q/close"));
  unmount();
  renderPage(<Thread slug="spines" question={{ ...QUESTION, mine: false }} />);
  expect(screen.queryByTestId("end-question")).toBeNull();
});
