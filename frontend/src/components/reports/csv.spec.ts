import { describe, expect, it } from "vitest";
import { toCsv } from "./csv";

describe("toCsv", () => {
  it("quotes what would break a row", () => {
    expect(toCsv(["name", "n"], [['Mary "May", Ann', 1.5]])).toBe('name,n\r\n"Mary ""May"", Ann",1.5\r\n');
  });

  it("leaves unknown values empty and negative numbers as they are", () => {
    expect(toCsv(["a", "b"], [[null, -2]])).toBe("a,b\r\n,-2\r\n");
  });

  it("does not let a name be run as a formula", () => {
    expect(toCsv(["name"], [["=1+1"]])).toBe("name\r\n'=1+1\r\n");
  });
});
