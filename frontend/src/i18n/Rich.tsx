import { Fragment, type ReactNode } from "react";
import { filled, translated, type Values } from ".";

type Part = ReactNode | ((inner: ReactNode) => ReactNode);

interface RichProps {
  /** "See <1>the guide</1>, {{name}}.": what stands between the tags goes into the part of that number. */
  readonly text: string;
  readonly values?: Values;
  readonly parts: readonly Part[];
}

const TAG = /<(\d+)>([^]*?)<\/\1>|<(\d+)\/>/g;

/** A sentence with links, emphasis or fields in it, translated as a whole. */
export function Rich({ text, values, parts }: RichProps) {
  const marked = translated(text);
  const fill = (words: string): string => filled(words, values ?? {});
  const pieces: ReactNode[] = [];
  let from = 0;
  for (const match of marked.matchAll(TAG)) {
    pieces.push(fill(marked.slice(from, match.index)));
    const part = parts[Number(match[1] ?? match[3]) - 1];
    pieces.push(typeof part === "function" ? part(fill(match[2] ?? "")) : part);
    from = match.index + match[0].length;
  }
  pieces.push(fill(marked.slice(from)));
  return pieces.map((piece, index) => <Fragment key={index}>{piece}</Fragment>);
}
