import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";
import { noImportCycle } from "./eslint/noImportCycle.js";
import { textInCatalogue } from "./eslint/textInCatalogue.js";

/**
 * The layers of src/, bottom to top, and what each may import. A folder that is not listed for a layer is
 * walled off from it, whether it is written with the alias ("@/api/...") or as a relative path.
 *
 *   i18n <- domain <- api, workers <- viewer / state / components <- pages
 */
const LAYERS = ["i18n", "domain", "api", "workers", "viewer", "state", "components", "pages"];
const MAY_IMPORT = {
  i18n: [],
  domain: ["i18n"],
  api: ["i18n", "domain"],
  workers: ["i18n", "domain"],
  viewer: ["i18n", "domain", "workers"],
  state: ["i18n", "domain", "api", "workers"],
  components: ["i18n", "domain", "api", "workers", "viewer", "state"],
  pages: ["i18n", "domain", "api", "workers", "viewer", "state", "components"],
};
/** What lies behind `@/viewer` is its own affair. */
const BEHIND_VIEWER = {
  regex: "^(@/|(\\.\\./)+(src/)?)viewer/",
  message: 'The viewer has one door: import from "@/viewer".',
};
/** Types of what the server sends, generated and without code: any layer may name them. */
const GENERATED = "api/schema$";
const VIEWER_LIBRARIES = "^(@cornerstonejs/|@kitware/)";

function walls(layer) {
  const forbidden = LAYERS.filter((other) => other !== layer && !MAY_IMPORT[layer].includes(other));
  const patterns = [];
  if (forbidden.length > 0) {
    patterns.push({
      regex: `^(@/|(\\.\\./)+)(?!${GENERATED})(${forbidden.join("|")})(/|$)`,
      message: `${layer}/ may import only: ${MAY_IMPORT[layer].join(", ") || "nothing from other layers"}.`,
    });
  }
  if (layer !== "viewer") {
    patterns.push({ regex: VIEWER_LIBRARIES, message: "Only viewer/ knows Cornerstone and vtk.js." }, BEHIND_VIEWER);
  }
  if (layer === "domain") {
    patterns.push({ regex: "^(react|@mantine|@tanstack)", message: "domain/ is pure TypeScript." });
  }
  return {
    files: [`src/${layer}/**/*.{ts,tsx}`],
    rules: { "no-restricted-imports": ["error", { patterns }] },
  };
}

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts", "playwright-report", "test-results"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}"],
    languageOptions: { globals: { ...globals.browser } },
    plugins: {
      "react-hooks": hooks,
      "jsx-a11y": a11y,
      house: { rules: { "no-import-cycle": noImportCycle, "text-in-catalogue": textInCatalogue } },
    },
    rules: {
      ...hooks.configs.recommended.rules,
      ...a11y.flatConfigs.recommended.rules,
      // Autofocus is used where a dialog or the sign-in form opens on one obvious field.
      "jsx-a11y/no-autofocus": "off",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-console": "error",
      "house/no-import-cycle": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "max-lines": ["error", { max: 450, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ["*.cjs", "eslint/**/*.js", "i18n/**/*.js"], languageOptions: { globals: globals.node } },
  { files: ["**/*.generated.ts"], rules: { "max-lines": "off" } },
  {
    files: ["src/**/*.spec.{ts,tsx}", "src/testing/**/*"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  ...LAYERS.map(walls),
  {
    files: ["src/**/*.{ts,tsx}"],
    ignores: ["src/**/*.spec.{ts,tsx}"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.property.name='mutate'][arguments.length>1]",
          message: "Its callbacks go with the component: use act() of @/components/common/act.",
        },
        {
          selector:
            "TemplateElement[value.raw=/^.api.v1/], :not(CallExpression, TSLiteralType) > Literal[value=/^.api.v1/]",
          message: "Addresses are those of the generated schema: the client's, or addressOf() of @/api/client.",
        },
      ],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    ignores: [
      "src/**/*.spec.{ts,tsx}",
      "src/testing/**/*",
      "src/i18n/**/*",
      "src/workers/**/*",
      "src/viewer/testHook.ts",
      "src/**/*.d.ts",
    ],
    rules: { "house/text-in-catalogue": "error" },
  },
  { files: ["harness/**/*.ts"], rules: { "no-restricted-imports": ["error", { patterns: [BEHIND_VIEWER] }] } },
);
