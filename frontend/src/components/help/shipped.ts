/** The guides as the product's documents have them, and who needs which. */

import { language, t } from "@/i18n";
import managers from "../../../../docs/guide-manager.md?raw";
import radiologists from "../../../../docs/guide-radiologist.md?raw";
import raters from "../../../../docs/guide-rater.md?raw";
import researchers from "../../../../docs/guide-researcher.md?raw";
import rules from "../../../../docs/annotation-rules.md?raw";
import errors from "../../../../docs/errors.md?raw";
import formats from "../../../../docs/data-formats.md?raw";
import programs from "../../../../docs/other-programs.md?raw";
import client from "../../../../backend/client/README.md?raw";
import managersDe from "../../../../docs/de/guide-manager.md?raw";
import radiologistsDe from "../../../../docs/de/guide-radiologist.md?raw";
import ratersDe from "../../../../docs/de/guide-rater.md?raw";
import researchersDe from "../../../../docs/de/guide-researcher.md?raw";
import programsDe from "../../../../docs/de/other-programs.md?raw";
import rulesDe from "../../../../docs/de/annotation-rules.md?raw";
import type { Role } from "@/api/types";
import { type Guide, sectionsOf } from "@/domain/guides";

const RULES = shipped("rules", rules, rulesDe);
const FORMATS = shipped("formats", formats);
const ERRORS = shipped("errors", errors);
const CLIENT = shipped("client", client);
const PROGRAMS = shipped("programs", programs, programsDe);
const GUIDES: Readonly<Record<"manager" | "radiologist" | "rater" | "researcher", Guide>> = {
  manager: shipped("manager", managers, managersDe),
  radiologist: shipped("radiologist", radiologists, radiologistsDe),
  rater: shipped("rater", raters, ratersDe),
  researcher: shipped("researcher", researchers, researchersDe),
};
/** A link between the documents names a file. */
const BY_FILE: Readonly<Record<string, Guide>> = {
  "guide-manager.md": GUIDES.manager,
  "guide-radiologist.md": GUIDES.radiologist,
  "guide-rater.md": GUIDES.rater,
  "guide-researcher.md": GUIDES.researcher,
  "annotation-rules.md": RULES,
  "data-formats.md": FORMATS,
  "errors.md": ERRORS,
  "other-programs.md": PROGRAMS,
  "../backend/client/README.md": CLIENT,
};

/** A document in the language of the pages, in English where it has no other. */
function shipped(key: string, english: string, german?: string): Guide {
  const text = language() === "de" ? (german ?? english) : english;
  const title = sectionsOf(text).find(({ depth }) => depth === 1)?.title ?? key;
  return { key, text, title, ...(text !== english && { english }) };
}

/** Whose work a physicist's is part of, too: bone density stands in the managers' guide. */
const guideFor = (role: Role): Guide => GUIDES[role === "physicist" ? "manager" : role];
const ORDER: readonly Role[] = ["manager", "physicist", "radiologist", "rater", "researcher"];

/** Another project's rules, as its managers wrote them. */
interface OwnRules {
  readonly slug: string;
  readonly name: string;
  readonly guidelines: string;
}

/**
 * All guides: those of one's roles first, then the rules (shipped, and of one's projects where they differ), then
 * the others. Without a role: as a rater.
 */
export function guidesFor(roles: readonly Role[], projects: readonly OwnRules[]): Guide[] {
  const held = ORDER.filter((role) => roles.includes(role));
  const own = (held.length > 0 ? held : (["rater"] as const)).map(guideFor);
  const written = projects
    .filter(({ guidelines }) => !["", rules.trim(), rulesDe.trim()].includes(guidelines.trim()))
    .map(({ slug, name, guidelines }) => ({
      key: `project:${slug}`,
      title: t("Rules of {{name}}", { name }),
      text: guidelines,
    }));
  return [...new Set([...own, RULES, ...written, ...ORDER.map(guideFor), FORMATS, PROGRAMS, CLIENT, ERRORS])];
}

/** The guide and place that a link in a guide means; null where it leads out of them. */
export function placeOf(href: string | undefined): { guide?: string; at?: string } | null {
  if (href === undefined) return null;
  const [file = "", at] = href.split("#");
  const guide = BY_FILE[file];
  if (guide === undefined && file !== "") return null;
  return { ...(guide && { guide: guide.key }), ...(at !== undefined && { at }) };
}
