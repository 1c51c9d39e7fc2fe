/**
 * Whatever people read is asked for by `t` (or `count`, `plural`, `<Rich>`), so that every language has it.
 *
 * Seen are texts of elements, attributes and properties whose names say that they are shown, and sentences anywhere.
 * A single word in a table of another name is not: it may as well be a key.
 */

/** Attributes and properties that are shown. */
const SHOWN =
  /^(label|title|text|message|description|placeholder|hint|alt|verb|note|help|heading|question|aria-label|documentTitle|nothingFoundMessage|error|tooltip|caption|legend)$/;
/** Names, units and formats: the same in all languages. */
const SAME_EVERYWHERE =
  /^(Vertebase|Dice|STAPLE|ONNX|SHA-256|DICOM|NIfTI|DOI|CSV|BibTeX|RIS|BIDS|nnU-Net v2|ORCID|3D|CT|HU|mm³|[μm]?ml?|kVp|mAs|mGy|mg\/cm³|p|n|F|n\/g|Esc|Tab|Shift|Ctrl|Alt|Enter|Shift \+ [A-Z]|[a-z0-9.]+@[a-z.]+|https:\/\/\S+|10\.1234\/abc|sub-\d+|model\.onnx|\/projects\/|1=L1,2=L2,3=none)$/;
const SENTENCE = /^[A-Z][a-z]+,? [a-z]+ [a-z]+/;
const SPOKEN = new Set(["t", "count", "plural", "translated"]);
/** Elements that show what a machine reads. */
const LITERAL = new Set(["code", "Code", "kbd", "Kbd", "style"]);

const nameOf = (node) => (node.type === "JSXIdentifier" || node.type === "Identifier" ? node.name : String(node.value));
const isWord = (text) => /[A-Za-z]{2,}/.test(text) && !SAME_EVERYWHERE.test(text.trim());

/** The literals that an expression may come to, one by one. */
function literalsOf(node) {
  switch (node?.type) {
    case "JSXExpressionContainer":
      return literalsOf(node.expression);
    case "Literal":
      return typeof node.value === "string" ? [{ node, text: node.value }] : [];
    case "TemplateLiteral":
      return [{ node, text: node.quasis.map(({ value }) => value.cooked).join("\u0000") }];
    case "ConditionalExpression":
      return [...literalsOf(node.consequent), ...literalsOf(node.alternate)];
    case "LogicalExpression":
      return [...(node.operator === "&&" ? [] : literalsOf(node.left)), ...literalsOf(node.right)];
    default:
      return [];
  }
}

function isSpoken(node) {
  for (let at = node.parent; at; at = at.parent) {
    if (at.type === "CallExpression") return SPOKEN.has(at.callee.name);
    if (at.type === "JSXAttribute") return at.parent.name.name === "Rich" && at.name.name === "text";
    if (/Statement|Declaration|Function/.test(at.type)) return false;
  }
  return false;
}

const isOfALiteralElement = ({ parent }) =>
  parent.type === "JSXElement" && LITERAL.has(nameOf(parent.openingElement.name));

export const textInCatalogue = {
  meta: {
    type: "problem",
    schema: [],
    messages: { outside: '"{{text}}" is shown, but in no catalogue: t("...") of @/i18n.' },
  },
  create(context) {
    const report = ({ node, text }) =>
      context.report({
        node,
        messageId: "outside",
        data: { text: text.replaceAll("\u0000", "…").trim().slice(0, 60) },
      });
    const shown = (node) =>
      literalsOf(node)
        .filter(({ text }) => isWord(text))
        .forEach(report);
    return {
      JSXText(node) {
        if (isWord(node.value) && !isOfALiteralElement(node)) report({ node, text: node.value });
      },
      JSXExpressionContainer(node) {
        const { parent } = node;
        if (parent.type !== "JSXAttribute" && !isOfALiteralElement(node)) shown(node);
      },
      JSXAttribute(node) {
        const ofRich = node.parent.name.name === "Rich" && node.name.name === "text";
        if (node.value && !ofRich && SHOWN.test(nameOf(node.name))) shown(node.value);
      },
      Property(node) {
        if (node.parent.type !== "ObjectExpression" || node.computed || !SHOWN.test(nameOf(node.key))) return;
        literalsOf(node.value)
          .filter(({ text }) => isWord(text) && /[A-Z ]/.test(text) && !/^[a-z-]+:[a-z-]+$/.test(text))
          .forEach(report);
      },
      Literal(node) {
        if (typeof node.value === "string" && SENTENCE.test(node.value) && !isSpoken(node)) {
          report({ node, text: node.value });
        }
      },
      TemplateLiteral(node) {
        const text = node.quasis.map(({ value }) => value.cooked).join("\u0000");
        if (SENTENCE.test(text) && !isSpoken(node)) report({ node, text });
      },
    };
  },
};
