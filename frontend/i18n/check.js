/**
 * Holds the catalogues against the code: `node i18n/check.js` says what is missing, no longer used, or has other places
 * than its English text; with `--write` unused texts are dropped and missing ones entered, empty, in the order of use.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { textsOf } from "./texts.js";

const CATALOGUES = ["src/i18n/de.json"];
const PLACE = /\{\{(\w+)\}\}|<\/?\d+\/?>|\.\.\./g;

const placesOf = (text) => [...text.matchAll(PLACE)].map(([place]) => place).sort();
/** What a key stands for: the plural of a counted word has the places of the word. */
const saidBy = (key) => key.replace(/_(one|other)$/, "");

function faultsOf(name, texts, keys) {
  const faults = [];
  for (const [key, place] of keys) {
    if (!(key in texts) || texts[key] === "") faults.push(`${name} lacks "${key}" (${place})`);
  }
  for (const [key, text] of Object.entries(texts)) {
    if (!keys.has(key)) faults.push(`${name} has "${key}", which nothing says any more`);
    const [wanted, found] = [placesOf(saidBy(key)), placesOf(text)];
    if (text !== "" && [...new Set(wanted)].join() !== [...new Set(found)].join()) {
      faults.push(`${name}: "${key}" has the places ${wanted.join(" ")}, its translation ${found.join(" ")}`);
    }
    if (text.replace(PLACE, "").includes("{{")) faults.push(`${name}: "${text}" cannot be filled`);
  }
  return faults;
}

const { keys, faults } = textsOf("src");
// What the server says, a first part of it: usual refusals and findings, with dots for what is filled in.
const answers = JSON.parse(readFileSync("i18n/answers.json", "utf8"));
const refusals = readFileSync("../docs/errors.md", "utf8");
for (const sentence of answers.refusals) {
  if (!refusals.includes(`| ${sentence} |`)) faults.push(`i18n/answers.json: the server no longer says "${sentence}"`);
}
for (const sentence of Object.values(answers).flat()) keys.set(sentence, "i18n/answers.json");
for (const file of CATALOGUES) {
  const texts = JSON.parse(readFileSync(file, "utf8"));
  if (process.argv.includes("--write")) {
    const sorted = [...keys.keys()].sort().map((key) => [key, texts[key] ?? ""]);
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
  } else faults.push(...faultsOf(file, texts, keys));
}
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exitCode = 1;
}
