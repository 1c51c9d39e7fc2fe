import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Finding } from "@/api/assignments";
import { renderPage } from "@/testing/render";
import { SubmitDialog } from "./SubmitDialog";

const order: Finding = {
  code: "order",
  severity: "error",
  message: "L2 lies above L1",
  label: 21,
  voxels: null,
  voxel: [1, 2, 3],
  rule: "block",
  answer: "",
};
afterEach(() => localStorage.clear());

const islands: Finding = { ...order, code: "islands", message: "L1 has 1 island", label: 20, rule: "warn" };

it("submits what the project insists on only with a reason, and sends the reason along", async () => {
  const submit = vi.fn(async () => undefined);
  const go = vi.fn();
  renderPage(
    <SubmitDialog
      assignmentId="a"
      opened
      offersNext
      missing={[]}
      undecided={[]}
      namesOpen={false}
      unticked={[]}
      neverInView={[]}
      findings={[order, islands]}
      checking={false}
      unsavedGradings={0}
      onClose={() => undefined}
      onGo={() => undefined}
      onGoToFinding={go}
      onSubmit={submit}
    />,
  );
  const button = await screen.findByTestId("confirm-submit");
  expect(button).toBeDisabled();
  await userEvent.click(screen.getByText("Go there"));
  expect(go).toHaveBeenCalledWith(order);
  await userEvent.type(screen.getByTestId("reason-order"), "head down");
  expect(button).toBeEnabled();
  await userEvent.click(button);
  expect(submit).toHaveBeenCalledWith("", [{ code: "order", label: 21, reason: "head down" }], false);
  // The reason went with the work; the next hand-in wants its own.
  expect(screen.getByTestId("confirm-submit-next")).toBeDisabled();
  await userEvent.type(screen.getByTestId("reason-order"), "tilted");
  await userEvent.click(screen.getByTestId("confirm-submit-next"));
  expect(submit).toHaveBeenLastCalledWith("", [{ code: "order", label: 21, reason: "tilted" }], true);
});

it("says which vertebrae were never in view, and waits for an answer on guessed names", async () => {
  const go = vi.fn();
  const dialog = (namesOpen: boolean) => (
    <SubmitDialog
      assignmentId="a"
      opened
      offersNext
      missing={[]}
      undecided={[]}
      namesOpen={namesOpen}
      unticked={[]}
      neverInView={[20]}
      findings={[]}
      checking={false}
      unsavedGradings={0}
      onClose={() => undefined}
      onGo={go}
      onGoToFinding={() => undefined}
      onSubmit={async () => undefined}
    />
  );
  renderPage(dialog(true));
  expect(await screen.findByTestId("names-open")).toBeVisible();
  expect(screen.getByTestId("confirm-submit")).toBeDisabled();
  await userEvent.click(screen.getByText("L1"));
  expect(go).toHaveBeenCalledWith(20);
});

it("does not keep work back for what was never in view", async () => {
  renderPage(
    <SubmitDialog
      assignmentId="a"
      opened
      offersNext
      missing={[]}
      undecided={[]}
      namesOpen={false}
      unticked={[]}
      neverInView={[20]}
      findings={[]}
      checking={false}
      unsavedGradings={0}
      onClose={() => undefined}
      onGo={() => undefined}
      onGoToFinding={() => undefined}
      onSubmit={async () => undefined}
    />,
  );
  expect(await screen.findByTestId("confirm-submit")).toBeEnabled();
});

it("has the reasons and the comment again after the tab was closed, until the work is handed in", async () => {
  let online = false;
  const submit = vi.fn(async () => {
    if (!online) throw new Error("No connection to the server.");
  });
  const dialog = () => (
    <SubmitDialog
      assignmentId="a"
      opened
      offersNext
      missing={[]}
      undecided={[]}
      namesOpen={false}
      unticked={[]}
      neverInView={[]}
      findings={[order]}
      checking={false}
      unsavedGradings={0}
      onClose={() => undefined}
      onGo={() => undefined}
      onGoToFinding={() => undefined}
      onSubmit={submit}
    />
  );
  const first = renderPage(dialog());
  fireEvent.change(await screen.findByTestId("reason-order"), { target: { value: "head down" } });
  fireEvent.change(screen.getByLabelText("Comment (optional)"), { target: { value: "metal at L3" } });
  await userEvent.click(screen.getByTestId("confirm-submit"));
  // what blocks a hand-in without reasons may stand there as well
  expect(await screen.findByText(/No connection/)).toBeInTheDocument();
  first.unmount();

  renderPage(dialog());
  expect(await screen.findByTestId("reason-order")).toHaveValue("head down");
  expect(screen.getByLabelText("Comment (optional)")).toHaveValue("metal at L3");
  online = true;
  await userEvent.click(screen.getByTestId("confirm-submit"));
  await waitFor(() => expect(localStorage).toHaveLength(0));
  expect(submit).toHaveBeenLastCalledWith("metal at L3", [{ code: "order", label: 21, reason: "head down" }], false);
});
