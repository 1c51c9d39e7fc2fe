import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { useState } from "react";
import { renderPage } from "@/testing/render";
import { SearchField } from "./SearchField";

function Page({ told }: { readonly told: (text: string | undefined) => void }) {
  const [search, setSearch] = useState<string | undefined>();
  const tell = (text: string | undefined) => {
    told(text);
    setSearch(text);
  };
  return (
    <>
      <SearchField label="Search" search={search} onSearch={tell} />
      <button type="button" onClick={() => setSearch(undefined)}>
        Clear
      </button>
    </>
  );
}

it("searches once after typing, keeps the field, and is emptied from outside", async () => {
  const told = vi.fn();
  renderPage(<Page told={told} />);
  const field = screen.getByLabelText<HTMLInputElement>("Search");
  fireEvent.change(field, { target: { value: "ca" } });
  fireEvent.change(field, { target: { value: "case" } });
  await waitFor(() => expect(told).toHaveBeenCalledWith("case"));
  expect(told).toHaveBeenCalledTimes(1);
  expect(screen.getByLabelText("Search")).toBe(field);
  fireEvent.click(screen.getByText("Clear"));
  expect(field.value).toBe("");
});
