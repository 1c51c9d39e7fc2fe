/** Genant's semiquantitative grading as the paper applied it: grades 0-3 on T1-L6 and T13 only. */

import { inSentence, t } from "@/i18n";
import type { components } from "@/api/schema";
import type { Incoming } from "./incoming";
import { isThoracolumbar, sortLabels } from "./labels";

type Schemas = components["schemas"];

export type Grade = Schemas["GradeEnum"];
export type FractureType = Schemas["FractureTypeEnum"];
export type ForeignMaterial = Schemas["ForeignMaterialEnum"];

export const GRADES = [0, 1, 2, 3] as const satisfies readonly Grade[];
const FRACTURE_TYPES = ["wedge", "biconcave", "crush"] as const satisfies readonly FractureType[];

const REASON_NAMES: Readonly<Record<string, string>> = {
  cut_off: t("Cut off by the image's border"),
  metal_artefact: t("Metal artefact"),
  cement: t("Cement hides the shape"),
  fused: t("Fused with its neighbour"),
  motion: t("Motion or noise"),
  tumour: t("Destroyed by tumour"),
  other: t("Other"),
  scheuermann: t("Scheuermann's disease"),
  cupids_bow: t("Cupid's bow"),
  physiological_wedge: t("Physiological wedging"),
  short_height: t("Short vertebral height"),
  limbus: t("Limbus vertebra"),
  block_vertebra: t("Block vertebra"),
  butterfly: t("Butterfly vertebra"),
  haemangioma: t("Haemangioma"),
  scoliosis: t("Scoliosis (obliquity)"),
  osteophytes: t("Osteophytes"),
};

export function reasonName(code: string): string {
  return REASON_NAMES[code] ?? code;
}

/** The answer for one vertebra, sent or not. */
export type Grading = Incoming<Omit<Schemas["Grading"], "revision" | "created_at">>;

export function emptyGrading(label: number): Grading {
  return {
    label,
    grade: null,
    fracture_type: "",
    foreign_material: "none",
    not_gradable_reason: "",
    deformity: "",
    osteoporotic: null,
    transitional: false,
    comment: "",
  };
}

/** Genant grade of a height loss in per cent: below 20 normal, from 20 mild, from 25 moderate, from 40 severe. */
export function gradeOfHeightLoss(percent: number): Grade {
  if (percent >= 40) return 3;
  if (percent >= 25) return 2;
  if (percent >= 20) return 1;
  return 0;
}

/**
 * Put a change into a grading so that it stays sound: a normal vertebra has no fracture type, a graded
 * one needs no reason for not being gradable, and one that is not gradable has neither.
 */
export function changeGrading(grading: Grading, change: Partial<Grading>): Grading {
  let next = { ...grading, ...change };
  if (change.not_gradable_reason) next = { ...next, grade: null };
  else if (change.grade !== undefined && change.grade !== null) next = { ...next, not_gradable_reason: "" };
  if (change.fracture_type && (next.grade ?? 0) < 1) return grading;
  if (next.grade === null || next.grade === 0) next = { ...next, fracture_type: "" };
  return next;
}

export type GradingField = Incoming<Schemas["GradingField"]>;
export type GradingOption = Incoming<Schemas["GradingOption"]>;
export type FieldName = GradingField["name"];
export type Needed = GradingField["needed"];
/** What a project asks of each vertebra beside its grade. */
export type GradingSchema = Incoming<Schemas["GradingSchema"]>;

export const FIELD_NAMES: Readonly<Record<FieldName, string>> = {
  fracture_type: t("Fracture type"),
  foreign_material: t("Foreign material"),
  not_gradable_reason: t("Cannot be graded, because"),
  deformity: t("Deformity that is no fracture"),
  osteoporotic: t("Osteoporotic"),
  transitional: t("Transitional vertebra"),
  comment: t("Comment"),
};

export function fieldOf(schema: GradingSchema, name: FieldName): GradingField {
  return schema.fields.find((field) => field.name === name) ?? { name, asked: false, needed: "never", options: [] };
}

const TYPE_OF_A_FRACTURE: readonly GradingField[] = [
  { name: "fracture_type", asked: true, needed: "fracture", options: [] },
];

/** What is still missing in one grading, in words; empty when it is complete. As the server checks it. */
export function missingIn(grading: Grading | undefined, schema?: GradingSchema): string[] {
  if (!grading || (grading.grade === null && grading.not_gradable_reason === "")) return ["grade"];
  if (grading.grade === null) return [];
  const fractured = grading.grade >= 1;
  return (schema?.fields ?? TYPE_OF_A_FRACTURE)
    .filter(({ asked, needed }) => asked && (needed === "always" || (needed === "fracture" && fractured)))
    .filter(({ name }) => grading[name] === "" || grading[name] === null)
    .map(({ name }) => inSentence(FIELD_NAMES[name]));
}

export interface MissingGrading {
  readonly label: number;
  readonly missing: readonly string[];
}

/** What of a mask is graded, head to foot: no cervical vertebra, sacrum or coccyx has a Genant grade. */
export function gradableOf(present: Iterable<number>): number[] {
  return sortLabels(present).filter(isThoracolumbar);
}

/** The thoracolumbar levels that still need an answer before submitting, head to foot. */
export function missingGradings(
  gradable: Iterable<number>,
  gradings: ReadonlyMap<number, Grading>,
  schema?: GradingSchema,
): MissingGrading[] {
  return gradableOf(gradable)
    .map((label) => ({ label, missing: missingIn(gradings.get(label), schema) }))
    .filter((entry) => entry.missing.length > 0);
}

export type GradingKey =
  | { readonly kind: "grade"; readonly grade: Grade }
  | { readonly kind: "type"; readonly type: FractureType }
  | { readonly kind: "rest" };

/** 0-3 give the grade, w, b and c the type; n says that all others are normal. */
export function gradingKey(key: string): GradingKey | null {
  if (key === "n" || key === "N") return { kind: "rest" };
  const grade = GRADES.find((value) => String(value) === key);
  if (grade !== undefined) return { kind: "grade", grade };
  const type = FRACTURE_TYPES.find((value) => value.startsWith(key.toLowerCase()) && key.length === 1);
  return type ? { kind: "type", type } : null;
}
