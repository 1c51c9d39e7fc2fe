/** What can be looked at without working on it: a case, a series, a case of a release; all in one form. */

import { useQuery } from "@tanstack/react-query";
import { t } from "@/i18n";
import { assignments, maskAt, type DisagreementSpot, type Ruler } from "@/api/assignments";
import { addressOf, answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import type { Vec3 } from "@/domain/geometry";
import { decodeMask } from "@/domain/vbd1";
import { parseSlabIndex, type SlabIndex } from "@/workers/slabIndex";
import { keys } from "./keys";

type Schemas = components["schemas"];

export interface LookMask {
  readonly id: string;
  readonly title: string;
  /** Both behind the API's own address. */
  readonly maskPath: string;
  readonly surfacesPath: string;
}

export interface LookAt {
  readonly title: string;
  readonly subtitle: string;
  /** What this person does not see, and why; empty where all is shown. */
  readonly note: string;
  readonly project: { readonly slug: string; readonly name: string };
  readonly indexUrl: string;
  readonly masks: readonly LookMask[];
  /** Id of the mask shown at first; null: the CT alone. */
  readonly first: string | null;
  readonly spots: readonly DisagreementSpot[];
  readonly spotsTotal: number;
  /** Distances and angles drawn by hand, as far as this person may see them. */
  readonly rulers: readonly Ruler[];
  /** Of the patient's or release's list, for those who walk through it. */
  readonly around: { readonly previous: string | null; readonly next: string | null } | null;
}

const OWN_ONLY = t("You see your own work on this case. Others' work stays hidden from whoever rates it.");
const SEALED = t("The mask of this case is sealed until the embargo ends.");

function lookAtCase(data: Schemas["CaseToLookAt"]): LookAt {
  const { id, alias, project, volume, masks, spots } = data;
  return {
    title: alias,
    subtitle: project.name,
    note: data.own_only ? OWN_ONLY : "",
    project,
    indexUrl: volume.index_url,
    masks: masks.map((mask) => ({
      id: mask.id,
      title: mask.title,
      maskPath: addressOf("/api/v1/cases/{case_id}/masks/{mask_id}", { case_id: id, mask_id: mask.id }),
      surfacesPath: addressOf("/api/v1/cases/{case_id}/masks/{mask_id}/surfaces", { case_id: id, mask_id: mask.id }),
    })),
    first: data.first_mask,
    spots: spots.map((spot) => ({ ...spot, voxel: spot.voxel as unknown as Vec3 })),
    spotsTotal: data.spots_total,
    rulers: data.rulers,
    around: null,
  };
}

export function useCaseToLookAt(id: string) {
  return useQuery({
    queryKey: [...keys.case(id), "view"],
    queryFn: async ({ signal }) =>
      lookAtCase(
        await answer(client.GET("/api/v1/cases/{case_id}/view", { params: { path: { case_id: id } }, signal })),
      ),
  });
}

function lookAtItem(releaseId: string, data: Schemas["ReleaseItem"]): LookAt {
  const item = { release_id: releaseId, item_id: data.id };
  const mask = {
    id: data.id,
    title: t("Released mask"),
    maskPath: addressOf("/api/v1/releases/{release_id}/items/{item_id}/mask", item),
    surfacesPath: addressOf("/api/v1/releases/{release_id}/items/{item_id}/surfaces", item),
  };
  return {
    title: data.subject,
    subtitle: t("{{title}} · {{split}} · {{position}} of {{total}}", {
      title: data.title,
      split: data.split,
      position: data.position,
      total: data.total,
    }),
    note: data.has_mask ? "" : SEALED,
    project: data.project,
    indexUrl: data.volume.index_url,
    masks: data.has_mask ? [mask] : [],
    first: data.has_mask ? data.id : null,
    spots: [],
    spotsTotal: 0,
    rulers: [],
    around: { previous: data.previous_id, next: data.next_id },
  };
}

export function useReleaseItemToLookAt(releaseId: string, itemId: string) {
  return useQuery({
    queryKey: [...keys.release(releaseId), "item", itemId],
    queryFn: async ({ signal }) => {
      const params = { path: { release_id: releaseId, item_id: itemId } };
      return lookAtItem(
        releaseId,
        await answer(client.GET("/api/v1/releases/{release_id}/items/{item_id}", { params, signal })),
      );
    },
  });
}

function lookAtSeries({ patient, number, volume }: Schemas["Series"]): LookAt {
  if (volume === null) throw new Error(t("This series has no volume to look at."));
  return {
    title: t("{{pseudonym}}, series {{number}}", { pseudonym: patient.pseudonym, number }),
    subtitle: t("The CT alone"),
    note: "",
    project: { slug: "", name: "" },
    indexUrl: addressOf("/api/v1/volumes/{volume_id}/index", { volume_id: volume.id }),
    masks: [],
    first: null,
    spots: [],
    spotsTotal: 0,
    rulers: [],
    around: null,
  };
}

export function useSeriesToLookAt(id: string) {
  return useQuery({
    queryKey: [...keys.series(id), "view"],
    queryFn: async ({ signal }) =>
      lookAtSeries(
        await answer(client.GET("/api/v1/series/{series_id}", { params: { path: { series_id: id } }, signal })),
      ),
  });
}

/** The CT's index; it never changes. */
export function useSlabIndex(indexUrl: string) {
  return useQuery({
    queryKey: ["slab-index", indexUrl],
    staleTime: Infinity,
    queryFn: async () => parseSlabIndex(await assignments.slabIndex(indexUrl)),
  });
}

/** The labels of a mask version, x fastest; they never change. Read only: whoever shows them shares them. */
export function useMaskVersion(mask: LookMask | undefined, index: SlabIndex | undefined) {
  return useQuery({
    queryKey: ["mask-version", mask?.maskPath],
    enabled: mask !== undefined && index !== undefined,
    staleTime: Infinity,
    gcTime: 60_000, // tens of megabytes
    queryFn: async () => decodeMask((await maskAt(mask?.maskPath ?? "")).payload, index?.shape),
  });
}
