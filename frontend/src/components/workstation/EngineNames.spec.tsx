// What the engine's names rest on and what they may be instead: places to go to, and other counts in one click.
import { fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { EngineNames as Told } from "@/api/assignments";
import { renderPage } from "@/testing/render";
import type { Viewer, ViewerState } from "@/viewer";
import { EngineNames } from "./EngineNames";

const TOLD: Told = {
  levels: [19, 20],
  probability: 0.62,
  anchors: [
    { name: "last rib", certainty: 0.4, place_ras_mm: [1, 2, 3] },
    { name: "sacrum", certainty: null, place_ras_mm: null },
  ],
  alternatives: [
    { labels: [20, 21], probability: 0.23 },
    { labels: [18, 19], probability: 0.149 },
    { labels: [17, 18], probability: 0.004 },
  ],
};

function shown(present: readonly number[], { canEdit = true, locked = [] as readonly number[] } = {}) {
  const viewer = { jumpTo: vi.fn(), relabel: vi.fn() };
  const state = {
    canEdit,
    levels: present.map((label) => ({ label })),
    locks: new Map(locked.map((label) => [label, "locked"])),
  };
  renderPage(<EngineNames told={TOLD} viewer={viewer as unknown as Viewer} state={state as unknown as ViewerState} />);
  return viewer;
}

it("takes another count for the whole spine in one click and one step", async () => {
  const viewer = shown([19, 20]);
  const others = await screen.findAllByTestId("names-alternative");
  expect(others.map((button) => button.textContent)).toEqual([
    "One down: T12 becomes L1 (23 %)",
    "One up: T12 becomes T11 (15 %)",
  ]);
  expect(screen.getByTestId("names-alternatives")).toHaveTextContent("T12 to L1 (62 %), or:");
  fireEvent.click(others[0] as HTMLElement);
  expect(viewer.relabel).toHaveBeenCalledExactlyOnceWith(
    new Map([
      [19, 20],
      [20, 21],
    ]),
    "One down: L1 to L2",
  );
});

it("goes to where an anchor was seen", async () => {
  const viewer = shown([19, 20]);
  const [rib, sacrum] = await screen.findAllByTestId("names-anchor");
  expect(rib).toHaveTextContent("Last rib (clear to 40 %)");
  fireEvent.click(rib as HTMLElement);
  expect(viewer.jumpTo).toHaveBeenCalledExactlyOnceWith([1, 2, 3]);
  expect(sacrum).toBeDisabled();
});

it("changes nothing that is locked, closed or no longer what the engine counted", async () => {
  shown([19, 20], { locked: [20] });
  for (const button of await screen.findAllByTestId("names-alternative")) {
    expect(button).toBeDisabled();
    expect(button).toHaveAttribute("title", "L1 is locked");
  }
});

it("changes nothing where nothing may be edited", async () => {
  shown([19, 20], { canEdit: false });
  for (const button of await screen.findAllByTestId("names-alternative")) expect(button).toBeDisabled();
});

it("offers no other count of other vertebrae than the engine's", async () => {
  shown([19, 20, 21]);
  expect(await screen.findByTestId("names-alternatives")).toHaveTextContent("no longer fit");
  expect(screen.queryByTestId("names-alternative")).toBeNull();
});
