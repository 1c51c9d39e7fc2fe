/** Where somebody looks, as the address of a page says it. */

import { middleOf, type Vec3, type VolumeGeometry } from "@/domain/geometry";

export interface Place {
  /** Id of the mask shown. */
  readonly version?: string | undefined;
  /** Id of the mask that it is held against. */
  readonly against?: string | undefined;
  readonly label?: number | undefined;
  /** "12,34,56" */
  readonly voxel?: string | undefined;
  /** Id of a distance or an angle drawn by hand. */
  readonly ruler?: string | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What an address holds, as far as it makes sense. */
export function parsePlace(search: Readonly<Record<string, unknown>>): Place {
  const [version, against, voxel] = [text(search["version"]), text(search["against"]), text(search["voxel"])];
  const ruler = text(search["ruler"]);
  const label = search["label"];
  return {
    ...(version !== undefined && { version }),
    ...(against !== undefined && { against }),
    ...(Number.isInteger(label) && { label: Number(label) }),
    ...(voxel !== undefined && { voxel }),
    ...(ruler !== undefined && { ruler }),
  };
}

/** "12,34,56" from a link to a place in the CT. */
export function parseVoxel(words: string | undefined): Vec3 | undefined {
  const parts = (words ?? "").split(",").map(Number);
  const [i, j, k] = parts;
  const sound = parts.length === 3 && parts.every((part) => Number.isInteger(part) && part >= 0);
  return sound && i !== undefined && j !== undefined && k !== undefined ? [i, j, k] : undefined;
}

interface Measured {
  readonly id: string;
  readonly points_ras_mm: readonly (readonly number[])[];
}

/** Where the planes open: at the voxel that the address names, else in the middle of the ruler that it names. */
export function startOf(
  { voxel, ruler }: Place,
  rulers: readonly Measured[],
  geometry: VolumeGeometry,
): Vec3 | undefined {
  const named = parseVoxel(voxel);
  const drawn = rulers.find(({ id }) => id === ruler);
  if (named || !drawn) return named;
  return geometry.clampToVoxel(geometry.rasMmToVoxel(middleOf(drawn.points_ras_mm as unknown as readonly Vec3[])));
}

/** The place as it stands in an address. */
export function placeAt(voxel: Vec3, label: number, masks: Pick<Place, "version" | "against">): Place {
  return { ...masks, ...(label > 0 && { label }), voxel: voxel.map(Math.round).join(",") };
}
