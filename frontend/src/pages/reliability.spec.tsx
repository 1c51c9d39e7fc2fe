// What the page shows of the share of submissions that came back.
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense } from "react";
import { expect, it, vi } from "vitest";
import type { AsOf, RaterReliability } from "@/api/types";
import { renderPage, stubServer } from "@/testing/render";

vi.mock("@/components/projects/useSlug", () => ({ useSlug: () => "spines" }));
// Another spec of the same worker may have opened the page with its own.
vi.resetModules();
const { ReliabilityPage } = await import("./ReliabilityPage");

const AS_OF: AsOf = {
  state: "ready",
  computed_at: "2026-05-03T12:00:00Z",
  outdated: false,
  progress: 1,
  kept: false,
  error: "",
};
const unknown = { value: null, low: null, high: null };
const exercises = { count: 0, dice: unknown, grades_exact: unknown, history: [] };

const rater = (name: string, cameBack: RaterReliability["came_back"]): RaterReliability => ({
  user: { id: name, name },
  submissions: 2,
  vertebrae: 4,
  active_minutes: 2,
  cases_shown: 0,
  sensitivity: unknown,
  specificity: unknown,
  expected_dice: unknown,
  final_dice: unknown,
  kept_share: unknown,
  minutes_per_vertebra: unknown,
  came_back: cameBack,
  confusion: { items: 0, table: null, reason: "closed" },
  history: [],
  gold: exercises,
  repeats: exercises,
  warnings: [],
});

it("shows what share of submissions came back, says where that is not known, and asks for those of a group", async () => {
  const raters = [rater("Ada", { value: 0.5, low: 0.25, high: 0.75 }), rater("Ben", unknown)];
  const seen = stubServer({
    "GET /api/v1/projects/spines": { body: { slug: "spines", my_roles: ["manager"] } },
    "GET /api/v1/projects/spines/groups": { body: { results: [{ id: "g", name: "Students", user_ids: ["Ada"] }] } },
    "GET /api/v1/projects/spines/reliability": {
      body: { as_of: AS_OF, everybody: true, count: 2, page_size: 10, raters },
    },
  });
  renderPage(
    <Suspense>
      <ReliabilityPage />
    </Suspense>,
  );
  const shown = await screen.findAllByTestId("came-back");
  expect(shown.map(({ textContent }) => textContent)).toEqual([
    "Share of submissions that came back: 0.50 (0.25 to 0.75)",
    "Share of submissions that came back: not known yet",
  ]);
  await userEvent.click(await screen.findByRole("combobox", { name: "Group" }));
  await userEvent.click(await screen.findByRole("option", { name: "Students" }));
  await waitFor(() => expect(seen.at(-1)?.query).toBe("?page=1&group=g"));
  expect(screen.getByRole("link", { name: "CSV" }).getAttribute("href")).toMatch(/table\.csv\?group=g$/);
});
