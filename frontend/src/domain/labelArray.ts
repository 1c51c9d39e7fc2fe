/** Labels on a grid, x fastest, to be read and not written. A `Uint8Array` is one. */
export interface LabelArray {
  readonly length: number;
  /** For those that read four voxels at a time. */
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly [index: number]: number;
  indexOf(label: number, from?: number): number;
  subarray(start: number, end: number): LabelArray;
  /** A copy, to do with as one likes. */
  slice(): Uint8Array<ArrayBuffer>;
}
