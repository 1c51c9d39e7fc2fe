/** Calls of the workstation. Shapes as in the server's annotation, consensus and review apps. */

import type { Affine, Shape, Vec3 } from "@/domain/geometry";
import type { ForeignMaterial, FractureType, Grading, GradingSchema } from "@/domain/grading";
import type { Axes } from "@/domain/sagittalCrop";
import { api, send } from "./http";

type AssignmentKind = "correct" | "grade" | "adjudicate" | "review";
type StartSource = "engine" | "import" | "empty" | "blank" | "previous" | "fused";

export interface AnswerOfRater {
  readonly slot: string;
  readonly grade: 0 | 1 | 2 | 3 | null;
  readonly fracture_type: FractureType | "";
  readonly foreign_material: ForeignMaterial;
  readonly not_gradable_reason: string;
  readonly deformity: string;
  readonly comment: string;
}

/** The grade that stands for one vertebra of a case, and how it came to stand. */
export interface AgreedGrade {
  readonly label: number;
  readonly grade: 0 | 1 | 2 | 3 | null;
  readonly fracture_type: FractureType | "";
  readonly not_gradable_reason: string;
  readonly method: string;
}

export interface AdjudicationItem {
  readonly label: number;
  /** Codes joined by commas: dice, hd95, grade, naming, unconfirmed, missing. */
  readonly reason: string;
  readonly dice: number | null;
  readonly hd95_mm: number | null;
  readonly grades: readonly AnswerOfRater[];
  /** What each source calls it; 0 where it is not drawn there. */
  readonly names: Readonly<Record<string, number>>;
  readonly decision: { readonly choice: string; readonly slot: string | null; readonly reason: string } | null;
}

/** Vertebrae that the raters count differently, from the head down. Named once for all of them. */
export interface NamingDispute {
  readonly instances: readonly { readonly label: number; readonly names: Readonly<Record<string, number>> }[];
  readonly candidates: readonly { readonly labels: readonly number[]; readonly sources: readonly string[] }[];
  readonly chosen: readonly number[] | null;
  readonly reason: string;
}

/** A connected place where the raters differ. */
export interface DisagreementSpot {
  readonly id: string;
  readonly label: number;
  readonly voxel: Vec3;
  readonly volume_mm3: number;
  readonly max_distance_mm: number;
  readonly kind: string;
}

export type NamingChoice = "confirmed" | "renamed" | "unknown";

/** Names that the engine called a guess, and what this person says of them. */
export interface NamingQuestion {
  readonly statement: string;
  /** Not to be handed in, or accepted, without an answer. */
  readonly asked: boolean;
  readonly answer: NamingChoice | null;
  readonly note: string;
  /** Names were changed since: to be answered again. */
  readonly outdated: boolean;
  /** For who adjudicates or reviews; empty for raters. */
  readonly others: readonly {
    readonly slot: string;
    readonly stage_title: string;
    readonly round: number;
    readonly answer: NamingChoice;
    readonly note: string;
  }[];
}

export interface AssignmentDetail {
  readonly id: string;
  readonly kind: AssignmentKind;
  readonly state: "open" | "submitted" | "returned" | "cancelled";
  readonly round?: number;
  readonly project: { readonly slug: string; readonly name: string };
  readonly case_alias: string;
  /** Scored with feedback; no real work. */
  readonly training: boolean;
  readonly stage_title: string;
  readonly volume: {
    readonly id: string;
    readonly shape: Shape;
    readonly spacing_mm: Vec3;
    readonly affine_ras_mm: Affine;
    readonly index_url: string;
  };
  readonly session: {
    readonly id: string;
    readonly revision: number;
    readonly digest: string;
    readonly saved_at: string | null;
  } | null;
  readonly start: { readonly source: StartSource; readonly engine: string | null; readonly text: string };
  readonly gradable: readonly number[];
  readonly needs_grades: boolean;
  readonly can_edit: boolean;
  readonly return_comment: string;
  readonly guidelines: string;
  readonly grading_schema: GradingSchema;
  readonly adjudication: {
    readonly sources: readonly { readonly key: string; readonly title: string }[];
    readonly items: readonly AdjudicationItem[];
    readonly naming: NamingDispute | null;
    readonly spots: readonly DisagreementSpot[];
    /** How many there are; `spots` has the largest of them. */
    readonly spots_total: number;
  } | null;
  readonly due_on: string | null;
  /** null: nobody doubts the names. */
  readonly naming_question: NamingQuestion | null;
}

export interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly label: number | null;
  readonly voxels: number | null;
  readonly voxel: readonly [number, number, number] | null;
  /** "block": mended or answered before the work is handed in. */
  readonly rule: "warn" | "block";
  /** The reason given when the mask was handed in. */
  readonly answer: string;
}

export interface FindingAnswer {
  readonly code: string;
  readonly label: number | null;
  readonly reason: string;
}

export interface CaseComment {
  readonly id: string;
  readonly author: string;
  readonly mine: boolean;
  readonly label: number | null;
  readonly voxel: readonly [number, number, number] | null;
  readonly parent: string | null;
  readonly text: string;
  readonly resolved: boolean;
  readonly created_at: string;
}

export interface StoredOperation {
  readonly revision: number;
  readonly operation_id: string;
  readonly kind: string;
  readonly label: number | null;
  readonly payload_b64: string;
}

export interface MaskDownload {
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly revision: number;
  readonly digest: string;
}

/** What the heights suggest; told only of vertebrae that this reader has answered. Losses in percent. */
export interface Suggestion {
  readonly grade: number | null;
  readonly fracture_type: string;
  readonly loss_percent: number | null;
  readonly expected_mm: readonly number[] | null;
  readonly expected_loss_percent: number | null;
  readonly uncertainty_percent: number | null;
  readonly flags: readonly string[];
}

/** A height line from its lower to its upper end, RAS mm. */
export type HeightLine = readonly [Vec3, Vec3];

/** Heights by lines that this reader has moved. */
export interface OwnLines {
  readonly anterior_mm: number;
  readonly middle_mm: number;
  readonly posterior_mm: number;
  readonly lines_ras_mm: readonly HeightLine[];
  readonly suggestion: Suggestion | null;
  /** The mask has changed since. */
  readonly outdated: boolean;
}

/** HU in a region of interest that this reader has moved or scaled. */
export interface OwnRegion {
  /** null until the server has read it. */
  readonly hu_mean: number | null;
  readonly hu_sd: number | null;
  readonly hu_voxels: number | null;
  readonly region_ras_mm: readonly Vec3[];
  readonly shift_ras_mm: Vec3;
  readonly scale: number;
  readonly outdated: boolean;
}

/** One vertebra of the reader's own mask. Lengths in mm, places in RAS mm. */
export interface Measurement {
  readonly label: number;
  readonly anterior_mm: number | null;
  readonly middle_mm: number | null;
  readonly posterior_mm: number | null;
  readonly spread_mm: readonly number[] | null;
  /** Smallest and largest over the slices, per height. */
  readonly range_mm: readonly (readonly number[])[] | null;
  readonly lines_ras_mm: readonly HeightLine[];
  readonly outline_ras_mm: readonly Vec3[];
  readonly axes_ras: Axes | null;
  readonly hu_mean: number | null;
  readonly hu_sd: number | null;
  readonly hu_voxels: number | null;
  readonly hu_excluded: string;
  readonly region_ras_mm: readonly Vec3[];
  readonly flags: readonly string[];
  readonly suggestion: Suggestion | null;
  readonly own_lines: OwnLines | null;
  readonly own_region: OwnRegion | null;
}

export interface AppliedChoice {
  readonly revision: number;
  readonly operation_id: string | null;
  readonly payload_b64: string;
  readonly digest: string;
}

const path = (id: string, rest = ""): string => `/assignments/${id}${rest}`;

/** A mask (VBD1) from the server; `address` begins behind the API's own. */
export async function maskAt(address: string): Promise<MaskDownload> {
  const response = await send(`/api/v1${address}`, { cache: "no-store" });
  return {
    payload: new Uint8Array(await response.arrayBuffer()),
    revision: Number(response.headers.get("X-Vertebase-Revision") ?? 0),
    digest: response.headers.get("X-Vertebase-Digest") ?? "",
  };
}

export const assignments = {
  open: (id: string) => api.post<AssignmentDetail>(path(id, "/open")),
  get: (id: string) => api.get<AssignmentDetail>(path(id)),
  slabIndex: (url: string) => send(url).then((response) => response.json() as Promise<unknown>),
  mask: (id: string) => maskAt(path(id, "/mask")),
  /** Where the engine doubted its mask: a value from 0 to 255 (one bit) in each voxel. */
  doubt: (id: string) => maskAt(path(id, "/doubt")),
  /** For the worker that fetches surfaces. */
  surfacesUrl: (id: string) => `/api/v1${path(id, "/surfaces")}`,
  sourceMask: (id: string, key: string) => maskAt(path(id, `/sources/${key}/mask`)),
  operationsAfter: async (id: string, revision: number) => {
    const body = await api.get<StoredOperation[] | { results: StoredOperation[] }>(path(id, "/operations"), {
      after: revision,
    });
    return Array.isArray(body) ? body : body.results;
  },
  gradings: async (id: string) => {
    const body = await api.get<Grading[] | { results: Grading[] }>(path(id, "/gradings"));
    return Array.isArray(body) ? body : body.results;
  },
  measurement: async (id: string, label: number) => {
    const [row] = await api.get<Measurement[]>(path(id, "/measurements"), { label });
    if (row === undefined) throw new Error("the server measured nothing");
    return row;
  },
  findings: async (id: string) => {
    const body = await api.get<Finding[] | { results: Finding[] }>(path(id, "/findings"));
    return Array.isArray(body) ? body : body.results;
  },
  /** What the engine would make of the saved mask, by clicks on one vertebra (VBD1). Changes nothing. */
  refine: async (
    id: string,
    body: { label: number; positive: readonly Vec3[]; negative: readonly Vec3[] },
    signal?: AbortSignal,
  ) => {
    const init = {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
      ...(signal && { signal }),
    };
    return new Uint8Array(await (await send(`/api/v1${path(id, "/refine")}`, init)).arrayBuffer());
  },
  /** `key` is the same for the same hand-in sent again: it is done once. */
  submit: (
    id: string,
    body: {
      digest: string;
      active_seconds: number;
      comment: string;
      answers: readonly FindingAnswer[];
      seen: readonly number[];
    },
    key: string,
  ) =>
    send(`/api/v1${path(id, "/submit")}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    }),
  agreedGrades: (id: string) => api.get<AgreedGrade[]>(path(id, "/agreed-grades")),
  comments: async (id: string) => {
    const body = await api.get<CaseComment[] | { results: CaseComment[] }>(path(id, "/comments"));
    return Array.isArray(body) ? body : body.results;
  },
};
