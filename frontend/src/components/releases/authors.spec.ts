import { describe, expect, it } from "vitest";
import { fromLines, toLines } from "./authors";

describe("authors, one a line", () => {
  it("takes name, affiliation and ORCID, any but the first left out", () => {
    expect(
      fromLines(
        "Doe, Jane; TU Munich; 0000-0002-1825-0097\n\n Roe, Max;https://orcid.org/0000-0002-9079-593X\nSpine Group",
      ),
    ).toEqual([
      { name: "Doe, Jane", affiliation: "TU Munich", orcid: "0000-0002-1825-0097" },
      { name: "Roe, Max", affiliation: "", orcid: "0000-0002-9079-593X" },
      { name: "Spine Group", affiliation: "", orcid: "" },
    ]);
  });

  it("keeps what is no ORCID with the affiliation, for the server to be told of", () => {
    expect(fromLines("Doe, Jane; TU; Munich")).toEqual([{ name: "Doe, Jane", affiliation: "TU; Munich", orcid: "" }]);
  });

  it("shows again what was stored", () => {
    const text = "Doe, Jane; TU; 0000-0002-1825-0097\nRoe, Max; ; 0000-0002-9079-593X\nSpine Group";
    expect(toLines(fromLines(text))).toBe(text);
  });
});
