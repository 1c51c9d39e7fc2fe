import { describe, expect, it } from "vitest";
import { navigationFor } from "./navigation";

const paths = (...roles: Parameters<typeof navigationFor>[0]) =>
  navigationFor(roles).flatMap(({ items }) => items.map(({ path }) => path));

describe("navigationFor", () => {
  it("shows a rater neither other people's cases nor the images", () => {
    expect(paths("rater")).toEqual(["", "guidelines", "reliability", "releases"]);
  });

  it("shows a radiologist the statistics, but no list of cases, which is a manager's", () => {
    expect(paths("radiologist")).toContain("statistics");
    expect(paths("radiologist")).not.toContain("cases");
    expect(paths("radiologist")).not.toContain("upload");
  });

  it("adds up the roles that one person has", () => {
    expect(paths("researcher", "manager")).toEqual(paths("manager"));
  });
});
