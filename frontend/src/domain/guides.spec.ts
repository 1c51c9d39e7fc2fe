import { describe, expect, it } from "vitest";
import { anchorOf, piecesOf, searchGuides, sectionsOf } from "./guides";

const TEXT = `Before all.

# The *guide*

First words.

## A mask's **names** #

| key | does |
| --- | --- |
| \`m\` | hides [the mask](x.md) |

\`\`\`
# no heading
\`\`\`

## Names

- one osteophyte
`;

describe("sections of a guide", () => {
  it("are cut at headings, not inside code, and bare of Markdown", () => {
    expect(sectionsOf(TEXT).map(({ title, depth, line, text }) => [title, depth, line, text])).toEqual([
      ["", 0, 0, "Before all."],
      ["The guide", 1, 3, "First words."],
      ["A mask's names", 2, 7, "key does m hides the mask # no heading"],
      ["Names", 2, 17, "one osteophyte"],
    ]);
  });

  it("have anchors as links write them, each its own", () => {
    expect(sectionsOf("# T13, L6\n# T13, L6\n").map(({ id }) => id)).toEqual(["t13-l6", "t13-l6-1"]);
    expect(anchorOf("Names that are a guess")).toBe("names-that-are-a-guess");
  });
});

describe("a search", () => {
  const guides = [
    { key: "b", title: "B", text: "# Masks\n\nNames of a mask." },
    { key: "a", title: "A", text: TEXT },
  ];

  it("asks for all words, in heading or text, and puts headings first", () => {
    expect(searchGuides(guides, "names MASK").map(({ guide, section }) => [guide.key, section.id])).toEqual([
      ["a", "a-masks-names"],
      ["b", "masks"],
    ]);
    expect(searchGuides(guides, "osteophyte mask")).toEqual([]);
    expect(searchGuides(guides, "  ")).toEqual([]);
  });

  it("cuts a long text around what was found", () => {
    const long = { key: "c", title: "C", text: `# C\n\n${"word ".repeat(80)}needle ${"tail ".repeat(80)}` };
    const excerpt = searchGuides([long], "Needle")[0]!.excerpt;
    expect(excerpt.filter(({ found }) => found)).toEqual([{ text: "needle", found: true }]);
    const all = excerpt.map(({ text }) => text).join("");
    expect(all.startsWith("… word")).toBe(true);
    expect(all.endsWith("tail …")).toBe(true);
    expect(all.length).toBeLessThan(240);
  });

  it("takes signs as they are written", () => {
    expect(piecesOf("a (b) c", ["(b)"])).toEqual([
      { text: "a ", found: false },
      { text: "(b)", found: true },
      { text: " c", found: false },
    ]);
  });
});
