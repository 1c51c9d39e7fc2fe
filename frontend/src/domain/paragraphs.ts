/** What differs between two texts, paragraph by paragraph. */

export interface Change {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}

/** The paragraphs of a Markdown text: parts between empty lines, a fenced block as one. */
export function paragraphsOf(text: string): string[] {
  const found: string[] = [];
  let lines: string[] = [];
  let fenced = false;
  const end = () => {
    if (lines.length > 0) found.push(lines.join("\n"));
    lines = [];
  };
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    if (line.trim() === "" && !fenced) end();
    else lines.push(line.trimEnd());
  }
  end();
  return found;
}

/** Lengths of the longest common part of what is left of both from each place on. */
function commonFrom(before: readonly string[], after: readonly string[]): number[][] {
  const table = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = table[i] as number[];
      const next = table[i + 1] as number[];
      row[j] = before[i] === after[j] ? 1 + (next[j + 1] ?? 0) : Math.max(next[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

/** Every paragraph of both texts, in order: what was taken out stands before what came in its place. */
export function differences(before: string, after: string): Change[] {
  const old = paragraphsOf(before);
  const now = paragraphsOf(after);
  const common = commonFrom(old, now);
  const found: Change[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      found.push({ kind: "same", text: now[j++] as string });
      i++;
    } else if (j >= now.length || (i < old.length && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) {
      found.push({ kind: "removed", text: old[i++] as string });
    } else {
      found.push({ kind: "added", text: now[j++] as string });
    }
  }
  return found;
}

/** The paragraphs that hold a word, whatever its case, each with the heading it stands under. */
export function passagesWith(text: string, word: string): string[] {
  const wanted = word.trim().toLowerCase();
  if (wanted === "") return paragraphsOf(text);
  let heading = "";
  let shown = "";
  const found: string[] = [];
  for (const paragraph of paragraphsOf(text)) {
    if (/^#{1,6}\s/.test(paragraph)) heading = paragraph;
    if (!paragraph.toLowerCase().includes(wanted)) continue;
    if (heading !== shown && heading !== paragraph) found.push(heading);
    shown = heading;
    found.push(paragraph);
  }
  return found;
}
