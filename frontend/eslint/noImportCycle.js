import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/**
 * No file may reach itself through its imports, those of types too: a circle of types ties files together as well
 * as one of values, and the usual rules for circles leave it out.
 */

const SOURCE = path.resolve(import.meta.dirname, "..", "src");
/** Imports of each file, as long as it is the same file: an editor keeps this process alive. */
const known = new Map();

function isFile(name) {
  return statSync(name, { throwIfNoEntry: false })?.isFile() === true;
}

/** The file that an import leads to; null where it leaves `src`. */
function resolved(specifier, from) {
  const base = specifier.startsWith("@/")
    ? path.join(SOURCE, specifier.slice(2))
    : specifier.startsWith(".")
      ? path.resolve(path.dirname(from), specifier)
      : null;
  if (base === null) return null;
  const places = [base, `${base}.ts`, `${base}.tsx`, path.join(base, "index.ts")];
  return places.find(isFile) ?? null;
}

function importsOf(file, text = readFileSync(file, "utf8")) {
  return ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName }) => resolved(fileName, file))
    .filter((name) => name !== null);
}

function keptImportsOf(file) {
  const { mtimeMs } = statSync(file);
  const kept = known.get(file);
  if (kept?.mtimeMs === mtimeMs) return kept.imports;
  const imports = importsOf(file);
  known.set(file, { mtimeMs, imports });
  return imports;
}

/** The way from a file back to `home`, both left out; null where there is none. */
function wayBack(first, home) {
  const from = new Map([[first, null]]);
  for (const file of from.keys()) {
    if (file === home) {
      const way = [];
      for (let at = from.get(file); at; at = from.get(at)) way.unshift(at);
      return way;
    }
    for (const next of keptImportsOf(file)) if (!from.has(next)) from.set(next, file);
  }
  return null;
}

export const noImportCycle = {
  meta: { type: "problem", schema: [], messages: { circle: "This import comes back to this file: {{way}}." } },
  create(context) {
    const check = (node) => {
      if (!node.source) return;
      const target = resolved(node.source.value, context.filename);
      const way = target === null ? null : wayBack(target, context.filename);
      if (way === null) return;
      const names = [...way, context.filename].map((file) => path.relative(SOURCE, file));
      context.report({ node, messageId: "circle", data: { way: names.join(" > ") } });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};
