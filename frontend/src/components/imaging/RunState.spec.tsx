import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderPage } from "@/testing/render";
import { RunState } from "./RunState";

it("shows what the engine left out and which vertebrae the image cuts", () => {
  const notes = ["L4 was left out: less than 1 ml of it is in view", "C6: cut by the border of the image"];
  renderPage(
    <RunState
      run={{
        id: "5b0a4c52-6d9e-4f57-9b3e-0c7a4cf1d0a1",
        state: "succeeded",
        engine: "builtin",
        progress: 1,
        naming_doubt: "",
        notes,
      }}
    />,
  );
  expect(screen.getAllByTestId("engine-note").map((element) => element.textContent)).toEqual(notes);
});
