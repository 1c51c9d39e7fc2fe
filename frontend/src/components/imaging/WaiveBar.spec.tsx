import { Notifications } from "@mantine/notifications";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { renderPage, stubServer } from "@/testing/render";
import { WaiveBar } from "./WaiveBar";

const AT = "/api/v1/projects/spines/inclusion";
const outcome = (id: string, message = "Waived") => ({
  series_id: id,
  name: `sub-${id}, series 1`,
  done: true,
  message,
});

it("asks for a reason, tries first, waives in parts, and takes it back while the message stands", async () => {
  const ids = Array.from({ length: 230 }, (_, place) => `id-${place}`);
  const seen = stubServer({
    [`GET ${AT}/kept-out`]: { body: [{ rule_id: "I5", title: "Tube voltage", series: 230 }] },
    [`POST ${AT}/I5/waivers`]: { body: [outcome("a"), outcome("b", "Waived; still kept out by I7")] },
    [`POST ${AT}/I5/waivers/withdraw`]: { body: [] },
  });
  const onClear = vi.fn();
  renderPage(
    <>
      <Notifications />
      <WaiveBar slug="spines" seriesIds={ids} rule="I5" onClear={onClear} />
    </>,
  );
  const sent = (path: string) =>
    seen
      .filter((request) => request.path === `${AT}/I5/${path}`)
      .map(({ body }) => JSON.parse(body) as { series_ids: string[]; reason?: string; preview?: boolean });
  await userEvent.click(screen.getByTestId("waive-many"));
  expect(await screen.findByTestId("waive-confirm")).toBeDisabled();
  await userEvent.type(screen.getByTestId("waive-reason"), "read by hand");
  await userEvent.click(screen.getByTestId("waive-preview"));
  expect(await screen.findByTestId("waive-would")).toHaveTextContent("Waived; still kept out by I7: 2 series");
  expect(sent("waivers").map(({ preview, series_ids }) => [preview, series_ids.length])).toEqual([
    [true, 200],
    [true, 30],
  ]);
  await userEvent.click(screen.getByTestId("waive-confirm"));
  await waitFor(() => expect(onClear).toHaveBeenCalled());
  expect(sent("waivers").slice(2)).toEqual([
    { series_ids: ids.slice(0, 200), reason: "read by hand", preview: false },
    { series_ids: ids.slice(200), reason: "read by hand", preview: false },
  ]);
  await userEvent.click(await screen.findByTestId("undo"));
  await waitFor(() => expect(sent("waivers/withdraw")).toEqual([{ series_ids: ["a", "b", "a", "b"] }]));
});

it("shows nothing while nothing is selected", () => {
  stubServer({});
  renderPage(<WaiveBar slug="spines" seriesIds={[]} rule={null} onClear={vi.fn()} />);
  expect(screen.queryByTestId("series-bar")).toBeNull();
});
