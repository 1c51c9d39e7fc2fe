/**
 * The tree digest of a mask: hex SHA-256 over the SHA-256 digests of its axial slices, k = 0 upward.
 * Slices keep their digest, so a stroke costs only the slices it touched.
 */

import type { Shape } from "./geometry";
import { readSlices, sliceOf, slicesListed } from "./vbd1";

const DIGEST_BYTES = 32;

async function sha256(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function treeDigest(mask: Uint8Array, shape: Shape): Promise<string> {
  return new MaskDigest(mask, shape).hex();
}

export class MaskDigest {
  private readonly digests: Uint8Array<ArrayBuffer>;
  private readonly stale = new Set<number>();
  private tail: Promise<void> = Promise.resolve();

  constructor(
    private readonly mask: Uint8Array,
    private readonly shape: Shape,
  ) {
    this.digests = new Uint8Array(DIGEST_BYTES * shape[2]);
    this.touch(Array(shape[2]).keys());
  }

  /** Say that these axial slices have changed. */
  touch(ks: Iterable<number>): void {
    for (const k of ks) this.stale.add(k);
  }

  /** The digest of the mask as it is when this is called. */
  hex(): Promise<string> {
    return this.digestWith(null);
  }

  /**
   * The digest of the mask as it is when this is called, given the packed slices that have changed since the
   * last one. Slice by slice from them, so that an edit of hundreds does not hold up the thread that draws.
   */
  hexAfter(packed: Uint8Array): Promise<string> {
    return this.digestWith(packed);
  }

  private digestWith(packed: Uint8Array | null): Promise<string> {
    if (packed) for (const k of slicesListed(packed)) this.stale.delete(k);
    const ks = [...this.stale];
    this.stale.clear();
    // The browser copies the bytes at the call, so later strokes cannot slip into this digest.
    const fresh = Promise.all(ks.map((k) => sha256(sliceOf(this.mask, this.shape, k))));
    const result = this.tail.then(async () => {
      (await fresh).forEach((digest, index) => this.digests.set(digest, (ks[index] ?? 0) * DIGEST_BYTES));
      const changed = packed ? readSlices(packed, this.shape).slices : [];
      for (const { k, voxels } of changed) this.digests.set(await sha256(voxels), k * DIGEST_BYTES);
      return toHex(await sha256(this.digests));
    });
    // One after the other, so that each sees the slices of those before it and of none after.
    this.tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
