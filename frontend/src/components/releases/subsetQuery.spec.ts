// @vitest-environment jsdom
import { expect, it } from "vitest";
import { EVERY_CASE, fromAddress, queryOf, toAddress } from "./subsetQuery";

it("comes back from the address as it was asked", () => {
  const asked = {
    archive: "training",
    levels: ["T12", "L1"],
    fractureFrom: "2",
    contrast: "portal venous",
    sex: "F",
    ageFrom: 60,
    ageTo: 80,
    subjects: ["sub-0001"],
  };
  expect(fromAddress(toAddress(asked))).toEqual(asked);
  expect(queryOf(asked)).toEqual({
    levels: "T12,L1",
    fracture_from: 2,
    contrast: "portal venous",
    sex: "F",
    age_from: 60,
    age_to: 80,
    subjects: "sub-0001",
  });
});

it("asks for nothing where nothing is said, or where it cannot be read", () => {
  expect(toAddress(EVERY_CASE)).toBeUndefined();
  expect(queryOf(EVERY_CASE)).toEqual({});
  expect(fromAddress(undefined)).toEqual(EVERY_CASE);
  expect(fromAddress("age_from=old")).toEqual(EVERY_CASE);
});
