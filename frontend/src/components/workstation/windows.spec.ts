import { describe, expect, it } from "vitest";
import { isSameWindow, nextWindow, SHIPPED_WINDOWS, withLimit } from "./windows";

const OWN = [{ name: "Cement", centre: 1200, width: 3000 }];

describe("windows", () => {
  it("follow each other by the key: those that ship, the reader's own, and from the start", () => {
    const [bone, soft, metal] = SHIPPED_WINDOWS;
    expect(bone && nextWindow(bone, OWN)).toEqual(soft);
    expect(metal && nextWindow(metal, OWN)).toEqual(OWN[0]);
    expect(OWN[0] && nextWindow(OWN[0], OWN)).toEqual(bone);
    expect(nextWindow({ centre: 7, width: 90 }, OWN)).toEqual(bone);
  });

  it("with the centre of another one alone are not that one", () => {
    expect(isSameWindow({ centre: 400, width: 1800 }, { centre: 400.3, width: 1799.8 })).toBe(true);
    expect(isSameWindow({ centre: 400, width: 1800 }, { centre: 400, width: 900 })).toBe(false);
  });

  it("change by one limit at a time, which never passes the other", () => {
    const window = { centre: 400, width: 1800 };
    expect(withLimit(window, "low", -100)).toEqual({ centre: 600, width: 1400 });
    expect(withLimit(window, "high", 700)).toEqual({ centre: 100, width: 1200 });
    expect(withLimit(window, "low", 5000)).toEqual({ centre: 1295, width: 10 });
    expect(withLimit(window, "high", -5000)).toEqual({ centre: -495, width: 10 });
  });
});
