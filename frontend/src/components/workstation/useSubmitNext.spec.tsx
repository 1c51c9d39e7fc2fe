import { act, renderHook } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { handInKey, type BeforeHandIn } from "./submitting";
import { useSubmitNext } from "./useSubmitNext";

const CLEAR: BeforeHandIn = {
  missing: [],
  undecided: [],
  namesOpen: false,
  unticked: [],
  neverInView: [],
  findings: [],
  checking: false,
  unsavedGradings: 0,
};

afterEach(() => localStorage.clear());

function pressed(before: BeforeHandIn, submit = vi.fn(async () => undefined)) {
  const ask = vi.fn();
  const { result } = renderHook(() => useSubmitNext("a", { submit }, () => before, ask));
  return { submit, ask, press: () => act(async () => result.current.submitNext()) };
}

it("hands in at once and goes on, where the dialog would have nothing to say", async () => {
  const { submit, ask, press } = pressed(CLEAR);
  await press();
  expect(submit).toHaveBeenCalledWith("", [], true);
  expect(ask).not.toHaveBeenCalled();
});

it("asks where something is open, or a comment was begun", async () => {
  const open = pressed({ ...CLEAR, undecided: [20] });
  await open.press();
  localStorage.setItem(handInKey("a"), JSON.stringify({ comment: "The arch" }));
  const begun = pressed(CLEAR);
  await begun.press();
  for (const { submit, ask } of [open, begun]) {
    expect(submit).not.toHaveBeenCalled();
    expect(ask).toHaveBeenCalledOnce();
  }
});

it("asks where the server did not take it", async () => {
  const { ask, press } = pressed(
    CLEAR,
    vi.fn(async () => Promise.reject(new Error("no"))),
  );
  await press();
  expect(ask).toHaveBeenCalledOnce();
});
