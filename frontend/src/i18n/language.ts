/** Which language the pages speak: chosen with the account or at this browser, and kept there for the next start. */

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each in its own words, so that whoever reads it finds theirs. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch" };

const KEPT_AS = "vertebase-language";
/** Whose account it was taken from; nobody's where it was chosen in this browser. */
const TAKEN_FROM = "vertebase-language-of";

export function isLanguage(value: string | null): value is Language {
  return LANGUAGES.some((known) => known === value);
}

function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // a browser that keeps nothing
  }
}

/** What the pages speak in this browser; English where nothing was chosen. */
export function chosenLanguage(): Language {
  const language = kept(KEPT_AS);
  return isLanguage(language) ? language : "en";
}

/** What somebody chose at this browser before anybody signed in; null where it came from an account. */
export function choiceOfBrowser(): Language | null {
  const language = kept(KEPT_AS);
  return isLanguage(language) && kept(TAKEN_FROM) === null ? language : null;
}

/** Keep a choice and load the pages anew in it; the browser asks first where work is not saved. */
export function speak(language: Language, accountId?: string): void {
  try {
    localStorage.setItem(KEPT_AS, language);
    if (accountId === undefined) localStorage.removeItem(TAKEN_FROM);
    else localStorage.setItem(TAKEN_FROM, accountId);
  } catch {
    return; // loaded anew it would be asked for again, without end
  }
  window.location.reload();
}
