/** Guides in Markdown as sections that links lead to and a search finds. Nothing here draws. */

interface Section {
  /** What a link's `#...` names, as code forges make it from the heading; "" before the first heading. */
  readonly id: string;
  readonly title: string;
  /** 1 for the title of the whole text, 0 before the first heading. */
  readonly depth: number;
  /** The heading's line in the text, from 1. */
  readonly line: number;
  /** What stands below the heading, without Markdown's signs. */
  readonly text: string;
}

export interface Guide {
  readonly key: string;
  readonly title: string;
  readonly text: string;
  /** The text it was translated from, heading by heading, if it was. */
  readonly english?: string;
}

/** A part of an excerpt; `found` where it is what was searched for. */
export interface Piece {
  readonly text: string;
  readonly found: boolean;
}

interface Hit {
  readonly guide: Guide;
  readonly section: Section;
  readonly excerpt: readonly Piece[];
}

const HEADING = /^ {0,3}(#{1,6})\s+(.+?)(?:\s+#+)?\s*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const BEFORE = 60;
const AFTER = 160;
const MOST_HITS = 40;

/** The sections of a text in their order; what has no heading in front of it is one of depth 0. */
export function sectionsOf(markdown: string): Section[] {
  const found: { id: string; title: string; depth: number; line: number; lines: string[] }[] = [
    { id: "", title: "", depth: 0, line: 0, lines: [] },
  ];
  const taken = new Map<string, number>();
  let fence: string | null = null;
  for (const [index, line] of markdown.split("\n").entries()) {
    const mark = FENCE.exec(line)?.[1];
    if (mark !== undefined && (fence === null || mark.startsWith(fence))) {
      fence = fence === null ? mark : null;
      continue;
    }
    const heading = fence === null ? HEADING.exec(line) : null;
    if (heading?.[1] === undefined || heading[2] === undefined) {
      found.at(-1)?.lines.push(line);
      continue;
    }
    const title = plain(heading[2]);
    found.push({ id: unique(anchorOf(title), taken), title, depth: heading[1].length, line: index + 1, lines: [] });
  }
  return found
    .map(({ lines, ...section }) => ({
      ...section,
      text: plain(lines.filter((one) => !TABLE_RULE.test(one)).join("\n")),
    }))
    .filter(({ depth, text }) => depth > 0 || text !== "");
}

/** The heading of a guide that a link means, which may name it as the English text does. */
export function headingMeant(guide: Guide, id: string): string {
  const here = sectionsOf(guide.text);
  if (guide.english === undefined || here.some((section) => section.id === id)) return id;
  const place = sectionsOf(guide.english).findIndex((section) => section.id === id);
  return here[place]?.id ?? id;
}

/** A heading as a link names it: small letters, digits and dashes. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

function unique(anchor: string, taken: Map<string, number>): string {
  const before = taken.get(anchor) ?? 0;
  taken.set(anchor, before + 1);
  return before === 0 ? anchor : `${anchor}-${before}`;
}

function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\*\*|[*`]|^\s*>\s?|^\s*[-+]\s|^\s*\d+\.\s/gm, "")
    .replace(/\s*\|\s*/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** The sections that hold every word of `query`, anywhere in heading or text: those named by it first. */
export function searchGuides(guides: readonly Guide[], query: string): Hit[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const hits = guides.flatMap((guide) =>
    sectionsOf(guide.text)
      .filter(({ title, text }) => words.every((word) => `${title} ${text}`.toLowerCase().includes(word)))
      .map((section) => ({ guide, section, excerpt: excerptOf(section.text, words) })),
  );
  const rank = ({ section }: Hit) => words.filter((word) => section.title.toLowerCase().includes(word)).length;
  return hits.sort((a, b) => rank(b) - rank(a)).slice(0, MOST_HITS);
}

function excerptOf(text: string, words: readonly string[]): Piece[] {
  const places = words.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0);
  const first = places.length === 0 ? 0 : Math.min(...places);
  const from = first <= BEFORE ? 0 : text.indexOf(" ", first - BEFORE) + 1;
  const end = first + AFTER >= text.length ? text.length : text.lastIndexOf(" ", first + AFTER);
  const until = end > first ? end : text.length;
  const shown = `${from > 0 ? "… " : ""}${text.slice(from, until)}${until < text.length ? " …" : ""}`;
  return piecesOf(shown, words);
}

/** `text` cut where one of `words` begins or ends. */
export function piecesOf(text: string, words: readonly string[]): Piece[] {
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  // With one group the parts alternate: between the words, and the words.
  return text
    .split(new RegExp(`(${escaped.join("|")})`, "i"))
    .map((part, index) => ({ text: part, found: index % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}
