import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it } from "vitest";
import type { ReleaseDetail } from "@/api/types";
import { renderPage, stubServer } from "@/testing/render";
import { CasesAsked } from "./SubsetPanel";
import { fromAddress, type SubsetFields } from "./subsetQuery";

const ROOT = "GET /api/v1/releases/r1/archives/all/subset";
const CHOICES = { levels: ["T12", "L1"], worst_grade: 2, contrasts: [], sexes: ["F"], age_from: 60, age_to: 70 };
const told = (cases: number, size: number | null) => ({
  body: { cases, cases_of: 4, patients: cases, size_bytes: size, url: "/api/v1/x.zip?levels=L1", choices: CHOICES },
});
const RELEASE = {
  id: "r1",
  patients: [],
  archives: [{ name: "all", layout: "verse", size_bytes: 1, url: "", locked_until: null }],
} as unknown as ReleaseDetail;

function Shown({ address }: { readonly address: string }) {
  const [fields, setFields] = useState<SubsetFields>(fromAddress(address));
  return <CasesAsked release={RELEASE} fields={fields} onChange={setFields} />;
}

it("offers no download before something is asked, then exactly what was found", async () => {
  const seen = stubServer({ [ROOT]: told(4, null), [`${ROOT}?fracture_from=2`]: told(1, 2_000_000) });
  renderPage(<Shown address="archive=all" />);
  expect(await screen.findByTestId("subset-found")).toHaveTextContent("4 cases of 4, of 4 patients");
  expect(screen.queryByTestId("download-subset")).toBeNull();
  await userEvent.click(screen.getByTestId("subset-grade"));
  const grades = await screen.findAllByRole("option");
  expect(grades.map(({ textContent }) => textContent)).toEqual(["Grade 1", "Grade 2"]);
  await userEvent.click(screen.getByRole("option", { name: "Grade 2" }));
  await waitFor(() =>
    expect(screen.getByTestId("subset-found")).toHaveTextContent("1 case of 4, of 1 patient · 2.0 MB"),
  );
  expect(screen.getByTestId("download-subset")).toHaveAttribute("href", "/api/v1/x.zip?levels=L1");
  expect(seen.length).toBe(2);
});

it("says that nothing fits, and lets what the server refuses be asked anew", async () => {
  const message = "levels: There is no level X9.";
  stubServer({
    [`${ROOT}?sex=M`]: told(0, null),
    [`${ROOT}?levels=X9`]: { status: 400, body: { code: "invalid", message, extra: {} } },
    [ROOT]: told(4, null),
  });
  const { unmount } = renderPage(<Shown address="sex=M" />);
  expect(await screen.findByTestId("subset-found")).toHaveTextContent("No case that is open to you fits.");
  expect(screen.queryByTestId("download-subset")).toBeNull();
  unmount();
  renderPage(<Shown address="levels=X9" />);
  expect(await screen.findByText(message)).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Ask anew" }));
  expect(await screen.findByTestId("subset-found")).toHaveTextContent("4 cases of 4");
});
