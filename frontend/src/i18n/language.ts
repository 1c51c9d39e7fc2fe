/** Which language the pages speak: chosen by whoever sits at this browser, and kept there. */

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each in its own words, so that whoever reads it finds theirs. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch" };

const KEPT_AS = "vertebase-language";

function isLanguage(value: string | null): value is Language {
  return LANGUAGES.some((known) => known === value);
}

/** What was chosen here; English where nothing was, or where the browser keeps nothing. */
export function chosenLanguage(): Language {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return isLanguage(kept) ? kept : "en";
  } catch {
    return "en";
  }
}

/** Keep a choice and load the pages anew in it; the browser asks first where work is not saved. */
export function speak(language: Language): void {
  localStorage.setItem(KEPT_AS, language);
  window.location.reload();
}
