/** @vitest-environment jsdom */
import { render } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answered, answeredReasons, decimal, inSentence, loadLanguage, t } from "@/i18n";
import { count, formatDate, formatDuration, formatNumber, formatRelative, formatSpacing } from "@/state/format";
import german from "@/i18n/de.json";
import { chosenLanguage } from "@/i18n/language";
import { Rich } from "@/i18n/Rich";

afterEach(async () => {
  localStorage.clear();
  await loadLanguage("en");
});

/** Something for each place of a text. */
function valuesFor(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => [name ?? "", `<${name ?? ""}>`]));
}

describe.each(["en", "de"] as const)("in %s", (spoken) => {
  beforeEach(() => loadLanguage(spoken));

  it("every text can be filled, and keeps what it is filled with", () => {
    for (const text of Object.keys(german)) {
      const values = valuesFor(text);
      const said = t(text, values);
      expect(said).not.toMatch(/\{\{|\}\}/);
      for (const value of Object.values(values)) expect(said).toContain(value);
    }
  });
});

it("English needs no catalogue, and counts", () => {
  expect(t("Save")).toBe("Save");
  expect(t("Delete {{label}}", { label: "L1" })).toBe("Delete L1");
  expect([count(1, "case"), count(1200, "case"), count(2, "person", "people")]).toEqual([
    "1 case",
    "1,200 cases",
    "2 people",
  ]);
  expect(inSentence("Training")).toBe("training");
});

describe("in German", () => {
  beforeEach(() => loadLanguage("de"));

  it("texts, words with numbers, numbers and dates follow the language", () => {
    expect(t("Save")).toBe("Speichern");
    expect([count(1, "case"), count(1200, "case")]).toEqual(["1 Fall", "1.200 Fälle"]);
    expect(inSentence("Training")).toBe("Training");
    expect(decimal((0.9312).toFixed(3))).toBe("0,931");
    expect(t("{{value}} mm", { value: 0.5 })).toBe("0,5 mm");
    expect(formatNumber(1234.5, 1)).toBe("1.234,5");
    expect(formatDuration(4.25)).toBe("4,3 s");
    expect(formatSpacing([0.8, 0.8, 1.25])).toBe("0,8\u00a0×\u00a00,8\u00a0×\u00a01,25\u00a0mm");
    expect(formatDate("2026-11-03")).toBe("3. Nov. 2026");
    expect(formatRelative("2026-11-01T12:00:00Z", new Date("2026-11-03T12:00:00Z"))).toBe("vorgestern");
  });

  it("a text that is not in the catalogue is said in English, and what it is filled with is left alone", () => {
    expect(t("No such text")).toBe("No such text");
    expect(t("Delete {{label}}", { label: "{{label}} $t(Save) <b>" })).toBe("{{label}} $t(Save) <b> löschen");
  });

  it("the usual sentences of the server are translated, with what is filled in", () => {
    expect(answered("All its places are taken.")).toBe("Alle Plätze sind vergeben.");
    expect(answered("L4 follows L2: a level between them is missing")).toBe(
      "L4 folgt auf L2: Dazwischen fehlt ein Wirbel",
    );
    expect(answered("Say why T12 (low) cannot be graded, or grade it.")).toBe(
      "Sagen Sie, warum T12 (low) nicht graduierbar ist, oder graduieren Sie ihn.",
    );
    expect(answered("Something new.")).toBe("Something new.");
  });

  it("so are acts and reasons of refusals, with the words that are filled in", () => {
    expect(answered("Moved to Rating")).toBe("Weiter zu Befundung");
    expect(answered("Moved to Review")).toBe("Weiter zu Abnahme");
    expect(answered("Priority of the run: 3")).toBe("Priorität des Laufs: 3"); // and not that of a case
    expect(answeredReasons("a.dcm: it is encrypted in its archive\nb.dcm: something odd")).toBe(
      "a.dcm: die Datei ist im Archiv verschlüsselt\nb.dcm: something odd",
    );
  });

  it("sentences with links are translated as a whole", () => {
    const { container } = render(
      <Rich text="No account yet? <1>Make one</1>" parts={[(inner) => <a href="/sign-up">{inner}</a>]} />,
    );
    expect(container.innerHTML).toBe('Noch kein Konto? <a href="/sign-up">Konto anlegen</a>');
  });

  it("what people wrote is no part of a sentence's marks", () => {
    const { container } = render(
      <Rich
        text="<1>{{role_names}}</1> in {{name}}"
        values={{ role_names: "Rater", name: "<1>x</1>" }}
        parts={["?"]}
      />,
    );
    expect(container.textContent).toBe("? in <1>x</1>");
  });
});

it("the language is the one that was chosen here, English where none or an unknown one is kept", () => {
  expect(chosenLanguage()).toBe("en");
  localStorage.setItem("vertebase-language", "de");
  expect(chosenLanguage()).toBe("de");
  localStorage.setItem("vertebase-language", "xx");
  expect(chosenLanguage()).toBe("en");
});
