/** The vectors that Python writes, for specs only: see tests/contract/vectors.py. */

import { readFileSync } from "node:fs";
import type { Affine, Shape, Vec3 } from "./geometry";

interface MaskVectors {
  readonly shape: Shape;
  readonly before_b64: string;
  readonly after_b64: string;
  readonly mask_payload_b64: string;
  readonly mask_body_b64: string;
  readonly changed_slices: number[];
  readonly delta_payload_b64: string;
  readonly delta_body_b64: string;
  readonly before_digest: string;
  readonly after_digest: string;
}

interface GeometryVectors {
  readonly name: string;
  readonly shape: Shape;
  readonly affine_ras_mm: Affine;
  readonly spacing_mm: Vec3;
  readonly voxels: Vec3[];
  readonly ras_mm: Vec3[];
}

interface Vectors {
  readonly masks: MaskVectors;
  readonly geometries: GeometryVectors[];
}

export function loadVectors(): Vectors {
  const path = new URL("../../../tests/contract/vectors.json", import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as Vectors;
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
