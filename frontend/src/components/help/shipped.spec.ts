import { afterAll, describe, expect, it, vi } from "vitest";
import { pictureAt } from "@/components/common/pictures";
import { type Guide, headingMeant, sectionsOf } from "@/domain/guides";
import { guidesFor, placeOf } from "./shipped";

const ALL = guidesFor([], []);
const PROJECT = { slug: "p", name: "P", guidelines: "# Ours" };
const keysOf = (guides: readonly Guide[]) => guides.map(({ key }) => key);

describe("the guides", () => {
  it("open with those of one's roles, and are all there for everybody", () => {
    expect(keysOf(guidesFor(["researcher"], []))).toEqual([
      "researcher",
      "rules",
      "manager",
      "radiologist",
      "rater",
      "formats",
      "programs",
      "client",
      "errors",
    ]);
    expect(keysOf(guidesFor(["rater", "radiologist"], [])).slice(0, 3)).toEqual(["radiologist", "rater", "rules"]);
    expect(keysOf(guidesFor(["physicist", "manager"], []))[0]).toBe("manager");
    expect(keysOf(ALL)[0], "without a role").toBe("rater");
    expect(new Set(keysOf(ALL)).size).toBe(ALL.length);
  });

  it("have their titles from their texts", () => {
    expect(ALL.map(({ title }) => title)).toContain("Guide for raters");
  });

  it("hold the rules of one's projects where they are not those that ship", () => {
    const rules = ALL.find(({ key }) => key === "rules")!;
    const projects = [
      PROJECT,
      { ...PROJECT, slug: "same", guidelines: rules.text.trim() },
      { ...PROJECT, slug: "none", guidelines: " " },
    ];
    expect(keysOf(guidesFor(["rater"], projects))).toEqual([
      "rater",
      "rules",
      "project:p",
      "manager",
      "radiologist",
      "researcher",
      "formats",
      "programs",
      "client",
      "errors",
    ]);
  });
});

const targets = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, target]) => target!);

describe.each(ALL)("the links of $title", ({ key, text }) => {
  it("lead to a guide and a heading that are there, or out of the site", () => {
    for (const href of targets(text, /(?<!!)\[[^\]]+\]\(([^)\s]+)\)/g)) {
      const place = placeOf(href);
      if (place === null) expect(href, "a document that the site does not show").toMatch(/^https?:/);
      else if (place.at !== undefined) {
        const guide = ALL.find((one) => one.key === (place.guide ?? key));
        expect(sectionsOf(guide!.text).map(({ id }) => id)).toContain(place.at);
      }
    }
  });

  it("show pictures that ship", () => {
    for (const src of targets(text, /!\[[^\]]*\]\(([^)\s]+)\)/g)) expect(pictureAt(src)).not.toBe(src);
  });
});

describe("a link", () => {
  it("keeps to the site only where it names a guide or a place in one", () => {
    expect(placeOf("guide-rater.md#saving")).toEqual({ guide: "rater", at: "saving" });
    expect(placeOf("#names")).toEqual({ at: "names" });
    expect(placeOf("https://verse.example/guide-rater.md")).toBeNull();
    expect(placeOf(undefined)).toBeNull();
  });

  it("of the workstation's list of keys leads to its chapter", () => {
    const rater = ALL.find(({ key }) => key === "rater")!;
    expect(sectionsOf(rater.text).map(({ id }) => id)).toContain("the-workstation");
  });
});

describe("in German", async () => {
  vi.resetModules();
  const german = await import("@/i18n");
  await german.loadLanguage("de");
  const { guidesFor: germanGuides } = await import("./shipped");
  const translated = germanGuides([], []).filter(({ english }) => english !== undefined);
  afterAll(() => german.loadLanguage("en"));

  it("are the guides of all roles, the rules and other programs", () => {
    expect(keysOf(translated).sort()).toEqual(["manager", "programs", "radiologist", "rater", "researcher", "rules"]);
  });

  it.each(translated)("$title links to guides, and to headings as these are called in German", ({ key, text }) => {
    for (const href of targets(text, /(?<!!)\[[^\]]+\]\(([^)\s]+)\)/g)) {
      const place = placeOf(href);
      if (place === null) expect(href).toMatch(/^https?:/);
      else if (place.at !== undefined) {
        const guide = germanGuides([], []).find((one) => one.key === (place.guide ?? key))!;
        expect(
          sectionsOf(guide.text).map(({ id }) => id),
          href,
        ).toContain(place.at);
      }
    }
  });

  it.each(translated)("$title has chapter by chapter what the English text has", ({ text, english }) => {
    const shape = (of: string) => ({
      headings: sectionsOf(of).map(({ depth }) => depth),
      typed: of.split("\n").filter((line) => /^ {4}\S/.test(line)).length,
      rows: of.split("\n").filter((line) => line.startsWith("|")).length,
      points: of.split("\n").filter((line) => /^(-|\d+\.) /.test(line)).length,
      pictures: targets(of, /!\[[^\]]*\]\(([^)\s]+)\)/g).map((src) => src.replace("../", "")),
    });
    expect(shape(text)).toEqual(shape(english!));
  });

  it("links by English headings lead to the same chapter", () => {
    const rater = translated.find(({ key }) => key === "rater")!;
    expect(headingMeant(rater, "the-workstation")).toBe("die-workstation");
    expect(headingMeant(rater, "speichern")).toBe("speichern");
    expect(headingMeant(rater, "nowhere")).toBe("nowhere");
  });

  it("show pictures that ship", () => {
    for (const { text } of translated)
      for (const src of targets(text, /!\[[^\]]*\]\(([^)\s]+)\)/g)) expect(pictureAt(src)).not.toBe(src);
  });
});
