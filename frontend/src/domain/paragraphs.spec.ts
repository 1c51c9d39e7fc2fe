import { expect, it } from "vitest";
import { differences, paragraphsOf, passagesWith } from "./paragraphs";

const told = (before: string, after: string) =>
  differences(before, after).map(({ kind, text }) => `${{ same: "=", added: "+", removed: "-" }[kind]} ${text}`);

it("parts a text at empty lines, and keeps a fenced block whole", () => {
  expect(paragraphsOf("# A\r\n\r\n\r\none\ntwo \n\n```\nx\n\ny\n```\n")).toEqual([
    "# A",
    "one\ntwo",
    "```\nx\n\ny\n```",
  ]);
  expect(paragraphsOf("  \n")).toEqual([]);
});

it("tells what came, what went and what stayed, the old before the new", () => {
  expect(told("# A\n\none\n\ntwo\n\nthree", "# A\n\n1\n\ntwo\n\nthree\n\nfour")).toEqual([
    "= # A",
    "- one",
    "+ 1",
    "= two",
    "= three",
    "+ four",
  ]);
  expect(told("", "a")).toEqual(["+ a"]);
  expect(told("a", "")).toEqual(["- a"]);
});

it("finds passages under their heading, once each", () => {
  const text = "# Rules\n\n## Ribs\n\nA Rib is left out.\n\nno\n\nribs of L1\n\n## Sacrum\n\nno rib";
  expect(passagesWith(text, "rib")).toEqual(["## Ribs", "A Rib is left out.", "ribs of L1", "## Sacrum", "no rib"]);
  expect(passagesWith(text, "screw")).toEqual([]);
  expect(passagesWith(text, " ")).toHaveLength(7);
});
