/** Calls of the workstation, and names for what they answer. */

import type { Incoming } from "@/domain/incoming";
import { addressOf, answer, client, outgoing } from "./client";
import { send } from "./http";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type NamingChoice = Schemas["NamingChoice"];
export type AssignmentDetail = Incoming<Schemas["Assignment"]>;
export type AnswerOfRater = Incoming<Schemas["SlotAnswer"]>;
export type AgreedGrade = Incoming<Schemas["AgreedGrade"]>;
export type AdjudicationItem = Incoming<Schemas["AdjudicationItem"]>;
/** Vertebrae that the raters count differently, from the head down. Named once for all of them. */
export type NamingDispute = Incoming<Schemas["Naming"]>;
/** A connected place where the raters differ. */
export type DisagreementSpot = Incoming<Schemas["AdjudicationSpot"]>;
/** Names that the engine called a guess, and what this person says of them. */
export type NamingQuestion = Incoming<Schemas["NamingQuestion"]>;
/** What the engine's names rest on, how likely they are, and what they may be instead. */
export type EngineNames = Incoming<Schemas["EngineNames"]>;
/** What a case was asked that came back, and what has changed since. */
export type SecondRound = Incoming<Schemas["SecondRound"]>;
export type SinceThen = Incoming<Schemas["SinceThen"]>;
/** Whether an expert has ticked a vertebra as looked at, as it is. */
export type LookedLevel = Incoming<Schemas["LookedLevel"]>;
export type Place = Incoming<Schemas["Place"]>;
export type Finding = Incoming<Schemas["Finding"]>;
export type FindingAnswer = Incoming<Schemas["FindingAnswerRequest"]>;
/** What is told to the manager about a task. */
export type Concern = Incoming<Schemas["ConcernInputRequest"]>;
export type CaseComment = Incoming<Schemas["Comment"]>;
export type AppliedChoice = Incoming<Schemas["Applied"]>;
/** What the heights suggest; told only of vertebrae that this reader has answered. Losses in percent. */
export type Suggestion = Incoming<Schemas["Suggestion"]>;
/** A height line from its lower to its upper end, RAS mm. */
export type HeightLine = Incoming<Schemas["Line"]>;
/** Where a region of interest is to be: moved by so much (RAS mm), and scaled about its centre. */
export type RegionChange = Incoming<Schemas["RegionInputRequest"]>;
/** What a mask from another program would change. */
export type DesktopChange = Incoming<Schemas["DesktopChange"]>;
/** What the reader says of such a file. */
export interface ReturnedSaid {
  readonly numbering?: string;
  /** Though the mask was edited here meanwhile. */
  readonly replace?: boolean;
}
/** Of one vertebra of the reader's own mask. Lengths in mm, places in RAS mm. */
export type Measurement = Incoming<Schemas["Measurement"]>;

/** A distance (mm) or an angle (degrees) that a person drew; points in RAS mm. */
export type Ruler = Incoming<Schemas["Ruler"]>;

export interface MaskDownload {
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly revision: number;
  readonly digest: string;
}

/** A mask (VBD1) from the server. */
export async function maskAt(address: string): Promise<MaskDownload> {
  const response = await send(address, { cache: "no-store" });
  return {
    payload: new Uint8Array(await response.arrayBuffer()),
    revision: Number(response.headers.get("X-Vertebase-Revision") ?? 0),
    digest: response.headers.get("X-Vertebase-Digest") ?? "",
  };
}

const at = (id: string) => ({ params: { path: { assignment_id: id } } });

export const assignments = {
  open: (id: string): Promise<AssignmentDetail> =>
    answer(client.POST("/api/v1/assignments/{assignment_id}/open", at(id))),
  get: (id: string): Promise<AssignmentDetail> => answer(client.GET("/api/v1/assignments/{assignment_id}", at(id))),
  slabIndex: (url: string) => send(url).then((response) => response.json() as Promise<unknown>),
  mask: (id: string) => maskAt(addressOf("/api/v1/assignments/{assignment_id}/mask", { assignment_id: id })),
  /** Where the engine doubted its mask: a value from 0 to 255 (one bit) in each voxel. */
  doubt: (id: string) => maskAt(addressOf("/api/v1/assignments/{assignment_id}/doubt", { assignment_id: id })),
  /** For the worker that fetches surfaces. */
  surfacesUrl: (id: string) => addressOf("/api/v1/assignments/{assignment_id}/surfaces", { assignment_id: id }),
  sourceMask: (id: string, key: string) =>
    maskAt(addressOf("/api/v1/assignments/{assignment_id}/sources/{key}/mask", { assignment_id: id, key })),
  operationsAfter: (id: string, revision: number) =>
    answer(
      client.GET("/api/v1/assignments/{assignment_id}/operations", {
        params: { path: { assignment_id: id }, query: { after: revision } },
      }),
    ),
  gradings: (id: string) => answer(client.GET("/api/v1/assignments/{assignment_id}/gradings", at(id))),
  measurement: async (id: string, label: number): Promise<Measurement> => {
    const [row] = await answer(
      client.GET("/api/v1/assignments/{assignment_id}/measurements", {
        params: { path: { assignment_id: id }, query: { label } },
      }),
    );
    if (row === undefined) throw new Error("the server measured nothing");
    return row;
  },
  rulers: (id: string): Promise<readonly Ruler[]> =>
    answer(client.GET("/api/v1/assignments/{assignment_id}/rulers", at(id))),
  places: (id: string): Promise<readonly Place[]> =>
    answer(client.GET("/api/v1/assignments/{assignment_id}/places", at(id))),
  findings: (id: string): Promise<readonly Finding[]> =>
    answer(client.GET("/api/v1/assignments/{assignment_id}/findings", at(id))),
  /** What the engine would make of the saved mask, by clicks on one vertebra (VBD1). Changes nothing. */
  refine: async (id: string, clicks: Incoming<Schemas["RefineInputRequest"]>, signal?: AbortSignal) => {
    const packed: unknown = await answer(
      client.POST("/api/v1/assignments/{assignment_id}/refine", {
        ...at(id),
        body: outgoing(clicks),
        parseAs: "arrayBuffer",
        ...(signal && { signal }),
      }),
    );
    return new Uint8Array(packed as ArrayBuffer);
  },
  /** CT and mask for programs on the desktop, as a zip. */
  desktopUrl: (id: string) => addressOf("/api/v1/assignments/{assignment_id}/desktop", { assignment_id: id }),
  /** What a mask file would change of the saved mask. Changes nothing. */
  desktopMask: (id: string, file: File, said: ReturnedSaid, signal?: AbortSignal): Promise<DesktopChange> =>
    answer(
      client.POST("/api/v1/assignments/{assignment_id}/desktop/mask", {
        params: { path: { assignment_id: id }, query: { name: file.name, ...said } },
        body: "",
        bodySerializer: () => file,
        headers: { "Content-Type": "application/octet-stream" },
        ...(signal && { signal }),
      }),
    ),
  /** `key` is the same for the same hand-in sent again: it is done once. */
  submit: (id: string, body: Incoming<Schemas["SubmitInputRequest"]>, key: string) =>
    answer(
      client.POST("/api/v1/assignments/{assignment_id}/submit", {
        params: { path: { assignment_id: id }, header: { "Idempotency-Key": key } },
        body: outgoing(body),
      }),
    ),
  /** Tell the manager about a task, and give it back where asked. */
  tell: (id: string, concern: Concern) =>
    answer(client.POST("/api/v1/assignments/{assignment_id}/concern", { ...at(id), body: outgoing(concern) })),
  agreedGrades: (id: string): Promise<readonly AgreedGrade[]> =>
    answer(client.GET("/api/v1/assignments/{assignment_id}/agreed-grades", at(id))),
  secondRound: async (id: string): Promise<SecondRound | null> =>
    (await answer(client.GET("/api/v1/assignments/{assignment_id}/second-round", at(id)))).second_round,
  levelsLooked: (id: string): Promise<readonly LookedLevel[]> =>
    answer(client.GET("/api/v1/assignments/{assignment_id}/levels-looked", at(id))),
  comments: (id: string): Promise<readonly CaseComment[]> =>
    answer(client.GET("/api/v1/assignments/{assignment_id}/comments", at(id))),
};
