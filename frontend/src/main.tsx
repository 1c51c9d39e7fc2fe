import { loadLanguage } from "./i18n";
import { chosenLanguage } from "./i18n/language";

/** Texts are there before the pages are read, whose constants hold some. */
async function main(): Promise<void> {
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no #root");
  const language = chosenLanguage();
  await loadLanguage(language);
  document.documentElement.lang = language;
  const { start } = await import("./app");
  start(root);
}

void main();
