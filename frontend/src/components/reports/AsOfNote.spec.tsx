import { act, fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { AsOf } from "@/api/types";
import { untilComputed } from "@/state/asOf";
import { renderPage, stubServer } from "@/testing/render";
import { AsOfNote } from "./AsOfNote";

const READY: AsOf = {
  state: "ready",
  computed_at: "2026-05-03T12:00:00Z",
  outdated: false,
  progress: 1,
  kept: true,
  error: "",
};

const show = (more: Partial<AsOf>) =>
  renderPage(<AsOfNote asOf={{ ...READY, ...more }} slug="spines" part="reliability" />);

it("says nothing of figures that were counted for this very answer", () => {
  show({ kept: false });
  expect(screen.queryByTestId("as-of")).toBeNull();
});

it("says of when kept figures are, and that the project has changed since", () => {
  show({ outdated: true });
  expect(screen.getByTestId("as-of").textContent).toMatch(/^As of .*2026.*The project has changed since\./);
});

it("says that figures are on their way, the first or newer ones, and offers no second start", () => {
  const first = show({ state: "computing", computed_at: null, progress: 0 });
  expect(screen.getByTestId("as-of").textContent).toContain("for the first time");
  first.unmount();
  show({ state: "computing", progress: 0 });
  expect(screen.getByTestId("as-of").textContent).toContain("appear here by themselves");
  expect(screen.queryByRole("button")).toBeNull();
});

it("asks to compute again, also what could not be computed, and says why", async () => {
  const seen = stubServer({ "POST /api/v1/projects/spines/reliability": { body: {} } });
  show({ state: "failed", error: "The worker was lost too often." });
  expect(screen.getByTestId("as-of").textContent).toContain("The worker was lost too often.");
  await act(() => Promise.resolve(fireEvent.click(screen.getByRole("button", { name: "Compute again" }))));
  await vi.waitFor(() =>
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /api/v1/projects/spines/reliability"]),
  );
});

it("polls while figures are computed, and not after", () => {
  const asked = (state: AsOf["state"]) => untilComputed({ state: { data: { as_of: { ...READY, state } } } });
  expect([asked("computing"), asked("ready"), asked("failed")]).toEqual([2000, false, false]);
  expect(untilComputed({ state: {} })).toBe(false);
});
