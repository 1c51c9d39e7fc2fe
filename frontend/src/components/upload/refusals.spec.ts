import { expect, it } from "vitest";
import { groupRefusals, shownName } from "./refusals";

const file = (id: string, code: string, reason = code, batch = "b") => ({
  id,
  name: `${id}.dcm`,
  relative_path: "",
  reason,
  advice: `Mend ${code}.`,
  reason_code: code,
  size_bytes: 1,
  batch_id: batch,
});

it("brings files of one batch and one kind of reason together", () => {
  const groups = groupRefusals([
    file("1", "cut"),
    file("2", "empty", "2.dcm: empty"),
    file("3", "cut"),
    file("4", "cut", "cut", "other"),
    file("5", "empty", "5.dcm: empty"),
  ]);
  expect(groups.map(({ reason, alike, files }) => [reason, alike, files.map(shownName)])).toEqual([
    ["cut", true, ["1.dcm", "3.dcm"]],
    ["2.dcm: empty", false, ["2.dcm", "5.dcm"]],
    ["cut", true, ["4.dcm"]],
  ]);
});
