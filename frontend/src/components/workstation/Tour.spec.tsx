import { act, fireEvent, screen } from "@testing-library/react";
import { useEffect, useState } from "react";
import { expect, it } from "vitest";
import { renderPage } from "@/testing/render";
import { Tour } from "./Tour";
import type { TourSight } from "./tour";

const START: TourSight = { level: 20, pictures: "a", tool: "crosshair", edits: 0, tab: "view" };
const told = () => screen.getByTestId("tour").textContent;
let see: (change: Partial<TourSight>) => void = () => undefined;

function Taken() {
  const [at, go] = useState<number | null>(0);
  const [sight, setSight] = useState<TourSight | null>(null);
  useEffect(() => {
    see = (change) => act(() => setSight((before) => ({ ...(before ?? START), ...change })));
  }, []);
  return <Tour tour={{ at, go, end: () => go(null) }} kind="correct" canEdit sight={sight} />;
}

it("goes on when somebody does what a step speaks of, and not when things move by themselves", () => {
  renderPage(<Taken />);
  see({});
  see({ level: 21, pictures: "b" }); // the task opens at its first place
  expect(told()).toContain("1 of 5");
  fireEvent.keyDown(window, { key: "ArrowDown" });
  see({ level: 22 });
  expect(told()).toContain("2 of 5");
  see({ pictures: "c" }); // the planes follow
  expect(told()).toContain("2 of 5");
  fireEvent.keyDown(window, { key: "ArrowDown" });
  see({ level: 23, pictures: "d" }); // once more the step before
  expect(told()).toContain("2 of 5");
  fireEvent.wheel(window);
  see({ pictures: "e" });
  expect(told()).toContain("3 of 5");
  see({ edits: 1 }); // what another hand did, or was on its way
  expect(told()).toContain("3 of 5");
  fireEvent.pointerDown(window);
  see({ edits: 2 });
  expect(told()).toContain("4 of 5");
  fireEvent.keyDown(window, { key: "g" });
  see({ tab: "grade" });
  expect(told()).toContain("5 of 5");
  fireEvent.keyDown(window, { key: "g" });
  see({ tab: "edit", tool: "erase" });
  expect(told()).toContain("5 of 5");
});
