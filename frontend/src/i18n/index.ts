/**
 * Every text of the pages goes through here. The English text is its own key; other languages have a catalogue, which is
 * there before the first page is made (`loadLanguage` in `main.tsx`), so that constants may hold texts, too.
 */
import { createInstance } from "i18next";
import type { Language } from "./language";

type Value = string | number | boolean | bigint | null | undefined;
export type Values = Readonly<Record<string, Value>>;

const CATALOGUES: Readonly<Record<Exclude<Language, "en">, () => Promise<{ default: Record<string, string> }>>> = {
  de: () => import("./de.json"),
};

const DOTS = "...";

const speech = createInstance({
  lng: "en",
  fallbackLng: false,
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
  initAsync: false,
  resources: {},
});
void speech.init();

/** Sentences of the server in which something is filled in, where dots stand in the catalogue. */
let patterns: readonly (readonly [sentence: RegExp, translation: string])[] = [];

function patternsOf(texts: Readonly<Record<string, string>>): typeof patterns {
  const escaped = (words: string): string => words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const fixed = (sentence: string): number => sentence.replaceAll(DOTS, "").length;
  return Object.entries(texts)
    .filter(([sentence]) => sentence.includes(DOTS))
    .sort(([one], [other]) => fixed(other) - fixed(one)) // "Priority of the run: ..." before "Priority ..."
    .map(([sentence, translation]) => [
      new RegExp(`^${sentence.split(DOTS).map(escaped).join("(.+?)")}$`),
      translation,
    ]);
}

/** Speak a language from here on. Texts that were asked for before stay as they are. */
export async function loadLanguage(language: Language): Promise<void> {
  if (language !== "en") {
    const { default: texts } = await CATALOGUES[language]();
    speech.addResourceBundle(language, "translation", texts);
    patterns = patternsOf(texts);
  }
  if (language === "en") patterns = [];
  await speech.changeLanguage(language);
}

export function language(): Language {
  return speech.language as Language;
}

/** The locale for dates and numbers. English dates are written the way hospitals write them: day, month, year. */
export function locale(what: "dates" | "numbers"): string {
  if (language() === "de") return "de-DE";
  return what === "dates" ? "en-GB" : "en";
}

/** A text in the language of the pages. `values` fill its {{places}}. */
export function t(text: string, values?: Values): string {
  if (values === undefined) return speech.t(text);
  return speech.t(text, { replace: written(values) });
}

/** What the server said, in the language of the pages where the catalogue has it. */
export function answered(sentence: string): string {
  if (speech.exists(sentence)) return speech.t(sentence);
  for (const [pattern, translation] of patterns) {
    const filled = pattern.exec(sentence)?.slice(1);
    if (filled) return translation.replaceAll(DOTS, () => wordOf(filled.shift() ?? DOTS));
  }
  return sentence;
}

/** What is filled in, where it is a word of its own: the title of a stage, a kind. */
function wordOf(part: string): string {
  return speech.exists(part) ? speech.t(part) : part;
}

/** Reasons of refusals, one a line, each behind the name of its file where it has one. */
export function answeredReasons(text: string): string {
  return text.split("\n").map(answeredReason).join("\n");
}

function answeredReason(line: string): string {
  const whole = answered(line);
  if (whole !== line) return whole;
  const [name, reason] = [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)];
  return line.includes(": ") ? `${name}: ${answered(reason)}` : line;
}

/** The translation with its {{places}} still in it, and what fills them: for texts that are taken apart first. */
export function translated(text: string): string {
  return speech.t(text, { interpolation: { skipInterpolation: true } });
}

export function filled(text: string, values: Values): string {
  return speech.services.interpolator.interpolate(text, written(values), speech.language, {});
}

/** The form of a word that goes with a number: "case" or "cases". */
export function plural(n: number, one: string, many: string): string {
  return speech.t(one, { count: n, defaultValue_one: one, defaultValue_other: many });
}

/** A number that was written with a decimal point, with the sign of the language: "0.93" or "0,93". */
export function decimal<Written extends string | undefined>(number: Written): Written {
  if (number === undefined || language() === "en") return number;
  return number.replace(".", ",") as Written;
}

/** A name as it stands within a sentence: German nouns keep their capital. */
export function inSentence(name: string): string {
  return language() === "de" ? name : name.charAt(0).toLowerCase() + name.slice(1);
}

function written(values: Values): Record<string, string> {
  const words = Object.entries(values).map(([name, value]) => [name, inWords(value)] as const);
  return Object.fromEntries(words);
}

function inWords(value: Value): string {
  return typeof value === "number" ? decimal(String(value)) : String(value);
}
