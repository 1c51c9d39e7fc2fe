import type { GradingOption } from "@/domain/grading";

/** Options for these words: those known keep their code, a new one gets a code from its words. */
export function optionsFrom(titles: readonly string[], known: readonly GradingOption[]): GradingOption[] {
  return titles.map((title) => known.find((option) => option.title === title) ?? { code: codeOf(title), title });
}

function codeOf(title: string): string {
  const plain = title
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
  const code = plain
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 60);
  return code === "" ? "answer" : code;
}
