import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { emptyGrading, type GradingSchema } from "@/domain/grading";
import { GradeMark } from "./GradeMark";

const SCHEMA: GradingSchema = {
  title: "With osteoporosis",
  fields: [
    { name: "fracture_type", asked: true, needed: "fracture", options: [] },
    { name: "osteoporotic", asked: true, needed: "always", options: [] },
  ],
};

it.each([
  [{}, "?", "missing: grade"],
  [{ grade: 0 }, "0?", "grade 0; missing: osteoporotic"],
  [{ grade: 2, fracture_type: "wedge", osteoporotic: true }, "2W", "grade 2 wedge"],
  [{ not_gradable_reason: "cement" }, "n/g", "Cement hides the shape"],
] as const)("an answer of %o reads %s", (change, text, title) => {
  render(
    <MantineProvider>
      <GradeMark
        label={20}
        grades={{
          byLabel: new Map([[20, { ...emptyGrading(20), ...change }]]),
          schema: SCHEMA,
          unsaved: new Set(),
        }}
      />
    </MantineProvider>,
  );
  expect(screen.getByTitle(title).textContent).toBe(text);
});
