/** Fetch the surfaces that are not the ones we have. Runs in the worker; plain functions, so that specs can call them. */

import { decodeSurfaces, type SurfaceMesh } from "@/domain/surfaceMesh";

/** Label to the digest of its voxels. */
export type Shapes = ReadonlyMap<number, string>;

export interface SurfaceAnswer {
  readonly meshes: readonly SurfaceMesh[];
  /** All levels of the mask as it stands; what is not in here has no surface any more. */
  readonly shapes: Shapes;
}

export class SurfaceFetchError extends Error {}

const SHAPES_HEADER = "X-Vertebase-Shapes";

function formatShapes(shapes: Shapes): string {
  return [...shapes].map(([label, digest]) => `${label}:${digest}`).join(",");
}

function parseShapes(text: string): Shapes {
  const parts = text.split(",").filter((part) => part !== "");
  return new Map(
    parts.map((part) => {
      const [label, digest] = part.split(":");
      if (!Number.isInteger(Number(label)) || !digest) throw new SurfaceFetchError("the server named no shapes");
      return [Number(label), digest] as const;
    }),
  );
}

/**
 * Surfaces that have changed since `have`.
 * @throws SurfaceFetchError when there is no answer, or one that says no; SurfaceError when it is no VBS1
 */
export async function fetchSurfaces(url: string, have: Shapes): Promise<SurfaceAnswer> {
  const query = have.size > 0 ? `?have=${encodeURIComponent(formatShapes(have))}` : "";
  const response = await fetch(url + query, { credentials: "same-origin" }).catch(() => {
    throw new SurfaceFetchError("the network is away");
  });
  if (!response.ok || !response.body) throw new SurfaceFetchError(`the server answered ${response.status}`);
  const shapes = parseShapes(response.headers.get(SHAPES_HEADER) ?? "");
  const content = await new Response(response.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  return { meshes: decodeSurfaces(content), shapes };
}
