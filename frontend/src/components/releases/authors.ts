import type { components } from "@/api/schema";

type Creator = components["schemas"]["Creator"];

/** One author a line, as the form holds them: "Family, Given; affiliation; ORCID". */
export function toLines(creators: readonly Creator[]): string {
  return creators
    .map(({ name, affiliation, orcid }) => [name, affiliation, orcid].join("; ").replace(/(; )+$/, ""))
    .join("\n");
}

/** An ORCID iD is known by its form, so that an affiliation may be left out. */
const ORCID = /^(?:https:\/\/orcid\.org\/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])$/;

export function fromLines(text: string): Creator[] {
  return text
    .split("\n")
    .map((line) => line.split(";").map((part) => part.trim()))
    .filter(([name]) => name !== undefined && name !== "")
    .map(([name = "", ...rest]) => {
      const orcid = rest.map((part) => ORCID.exec(part)?.[1]).find((found) => found !== undefined) ?? "";
      const affiliation = rest.filter((part) => part !== "" && !ORCID.test(part)).join("; ");
      return { name, affiliation, orcid };
    });
}
