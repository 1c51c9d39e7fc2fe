/** The texts that src/ says through `t`, `plural`, `count` and `<Rich>`, read from its code. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

const READ = /\.tsx?$/;
const LEFT_OUT = /\.spec\.tsx?$|\.d\.ts$|[/\\]testing[/\\]/;

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(file);
    return READ.test(file) && !LEFT_OUT.test(file) ? [file] : [];
  });
}

/** The text of a literal, or undefined. */
function literal(node) {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isJsxExpression(node) ? literal(node.expression) : undefined;
}

const SPOKEN = new Set(["t", "translated"]);
const COUNTED = { count: 1, plural: 1 };

function keysOfCall(node, add, fault) {
  const name = ts.isIdentifier(node.expression) ? node.expression.text : "";
  if (SPOKEN.has(name)) {
    const key = literal(node.arguments[0]);
    if (key === undefined) fault(node, "a text is a literal, so that it can be found");
    else add(key);
  } else if (name in COUNTED && node.arguments.length > 1) {
    const one = literal(node.arguments[COUNTED[name]]);
    if (one !== undefined) ["one", "other"].forEach((form) => add(`${one}_${form}`));
  }
}

function keysOfRich(node, add, fault) {
  if (node.tagName.getText() !== "Rich") return;
  const text = node.attributes.properties.find((one) => ts.isJsxAttribute(one) && one.name.getText() === "text");
  const key = literal(text?.initializer);
  if (key === undefined) fault(node, "a text is a literal, so that it can be found");
  else add(key);
}

/** All keys in use, and what is wrong with calls: `{ keys: Map(key -> place), faults: [sentence] }`. */
export function textsOf(source) {
  const keys = new Map();
  const faults = [];
  for (const file of filesBelow(source)) {
    if (path.relative(source, file).startsWith("i18n")) continue;
    const code = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
    const place = (node) => {
      const { line } = code.getLineAndCharacterOfPosition(node.getStart());
      return `${path.relative(process.cwd(), file)}:${line + 1}`;
    };
    const visit = (node) => {
      const add = (key) => keys.has(key) || keys.set(key, place(node));
      const fault = (at, what) => faults.push(`${place(at)}: ${what}`);
      if (ts.isCallExpression(node)) keysOfCall(node, add, fault);
      else if (ts.isJsxSelfClosingElement(node)) keysOfRich(node, add, fault);
      ts.forEachChild(node, visit);
    };
    visit(code);
  }
  return { keys, faults };
}
