import { describe, expect, it } from "vitest";
import { asked, auditSearch } from "./auditSearch";

describe("auditSearch", () => {
  it("drops what is no search, and reads what the address bar makes of words", () => {
    const read = auditSearch({ said: 12, case: "", since: "yesterday", until: "2026-05-04", seen: "true", page: 3 });
    expect(asked(read)).toEqual({ said: "12", until: "2026-05-04", seen: true });
  });

  it("asks for nothing where nothing is said", () => {
    expect(asked(auditSearch({ seen: false }))).toEqual({});
  });
});
