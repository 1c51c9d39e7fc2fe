import type { SubsetQuery } from "@/state/releases";

/** What the fields of a subset say. */
export interface SubsetFields {
  readonly archive: string;
  readonly levels: readonly string[];
  readonly fractureFrom: string | null;
  readonly contrast: string | null;
  readonly sex: string | null;
  readonly ageFrom: number | null;
  readonly ageTo: number | null;
  readonly subjects: readonly string[];
}

export const EVERY_CASE: SubsetFields = {
  archive: "all",
  levels: [],
  fractureFrom: null,
  contrast: null,
  sex: null,
  ageFrom: null,
  ageTo: null,
  subjects: [],
};

/** The fields as the server takes them: what is not said is left out. */
export function queryOf(fields: SubsetFields): SubsetQuery {
  const { levels, fractureFrom, contrast, sex, ageFrom, ageTo, subjects } = fields;
  return {
    ...(levels.length > 0 && { levels: levels.join(",") }),
    ...(fractureFrom !== null && { fracture_from: Number(fractureFrom) }),
    ...(contrast !== null && { contrast }),
    ...(sex !== null && { sex }),
    ...(ageFrom !== null && { age_from: ageFrom }),
    ...(ageTo !== null && { age_to: ageTo }),
    ...(subjects.length > 0 && { subjects: subjects.join(",") }),
  };
}

/** The fields as they stand in the page's address; undefined where nothing is asked. */
export function toAddress(fields: SubsetFields): string | undefined {
  const said = new URLSearchParams();
  if (fields.archive !== "all") said.set("archive", fields.archive);
  for (const [name, value] of Object.entries(queryOf(fields))) said.set(name, String(value));
  const text = said.toString();
  return text === "" ? undefined : text;
}

/** What an address asks for; what cannot be read is left out. */
export function fromAddress(text: string | undefined): SubsetFields {
  const said = new URLSearchParams(text ?? "");
  const list = (name: string) => (said.get(name) ?? "").split(",").filter(Boolean);
  const years = (name: string) => {
    const value = said.get(name);
    return value !== null && /^\d{1,3}$/.test(value) ? Number(value) : null;
  };
  return {
    archive: said.get("archive") ?? "all",
    levels: list("levels"),
    fractureFrom: said.get("fracture_from"),
    contrast: said.get("contrast"),
    sex: said.get("sex"),
    ageFrom: years("age_from"),
    ageTo: years("age_to"),
    subjects: list("subjects"),
  };
}
