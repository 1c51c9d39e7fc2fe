import { expect, it } from "vitest";
import { optionsFrom } from "./schemaOptions";

it("keeps the codes of answers that are known and makes plain ones for new answers", () => {
  const known = [{ code: "cupids_bow", title: "Cupid's bow" }];
  expect(optionsFrom(["Cupid's bow", "Schmorl’sche Knötchen (2+)"], known)).toEqual([
    known[0],
    { code: "schmorl_sche_knotchen_2", title: "Schmorl’sche Knötchen (2+)" },
  ]);
});
