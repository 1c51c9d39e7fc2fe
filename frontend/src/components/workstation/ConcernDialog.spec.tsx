import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { renderPage } from "@/testing/render";
import { ConcernDialog } from "./ConcernDialog";

it("tells the manager why, and gives back only where that is asked", async () => {
  const tell = vi.fn(async () => undefined);
  const close = vi.fn();
  renderPage(<ConcernDialog opened onClose={close} onTell={tell} />);
  expect(await screen.findByTestId("concern-tell")).toBeDisabled();
  await userEvent.click(screen.getByLabelText("Wrong region"));
  await userEvent.type(screen.getByRole("textbox"), " A knee. ");
  await userEvent.click(screen.getByTestId("concern-tell"));
  expect(tell).toHaveBeenLastCalledWith({ concern: "wrong_region", text: "A knee.", give_back: false });
  await userEvent.click(screen.getByTestId("concern-give-back"));
  expect(tell).toHaveBeenLastCalledWith({ concern: "wrong_region", text: "A knee.", give_back: true });
  expect(close).toHaveBeenCalledTimes(2);
});

it("wants words for something else, and stays open with the reason where the server refuses", async () => {
  const close = vi.fn();
  const tell = vi.fn(async () => {
    throw new Error("Not given back: 2 edits wait.");
  });
  renderPage(<ConcernDialog opened onClose={close} onTell={tell} />);
  await userEvent.click(await screen.findByLabelText("Something else"));
  expect(screen.getByTestId("concern-give-back")).toBeDisabled();
  await userEvent.type(screen.getByRole("textbox"), "The scan ends in L3");
  await userEvent.click(screen.getByTestId("concern-give-back"));
  await waitFor(() => expect(screen.getByRole("alert")).toHaveTextContent("Not given back: 2 edits wait."));
  expect(close).not.toHaveBeenCalled();
});
