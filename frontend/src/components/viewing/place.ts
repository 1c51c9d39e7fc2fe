/** Where somebody looks, as the address of a page says it. */

import type { Vec3 } from "@/domain/geometry";

export interface Place {
  /** Id of the mask shown. */
  readonly version?: string | undefined;
  /** Id of the mask that it is held against. */
  readonly against?: string | undefined;
  readonly label?: number | undefined;
  /** "12,34,56" */
  readonly voxel?: string | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What an address holds, as far as it makes sense. */
export function parsePlace(search: Readonly<Record<string, unknown>>): Place {
  const [version, against, voxel] = [text(search["version"]), text(search["against"]), text(search["voxel"])];
  const label = search["label"];
  return {
    ...(version !== undefined && { version }),
    ...(against !== undefined && { against }),
    ...(Number.isInteger(label) && { label: Number(label) }),
    ...(voxel !== undefined && { voxel }),
  };
}

/** "12,34,56" from a link to a place in the CT. */
export function parseVoxel(words: string | undefined): Vec3 | undefined {
  const parts = (words ?? "").split(",").map(Number);
  const [i, j, k] = parts;
  const sound = parts.length === 3 && parts.every((part) => Number.isInteger(part) && part >= 0);
  return sound && i !== undefined && j !== undefined && k !== undefined ? [i, j, k] : undefined;
}

/** The place as it stands in an address. */
export function placeAt(voxel: Vec3, label: number, masks: Pick<Place, "version" | "against">): Place {
  return { ...masks, ...(label > 0 && { label }), voxel: voxel.map(Math.round).join(",") };
}
