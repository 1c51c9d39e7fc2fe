/**
 * VBD1: mask slices on the wire and in the browser's store. The server's side is science/edits.py.
 *
 * zlib( "VBD1" | u32 nx | u32 ny | u32 nz | u32 slices | per slice: u32 k | u32 runs | u32[runs] lengths |
 * u8[runs] labels ), little endian. A listed slice replaces axial slice k. In a whole mask the slices
 * that are not listed are empty; in a delta they stay as they are.
 */

import type { Shape } from "./geometry";
import { RunScanner } from "./runs";

const MAGIC = "VBD1";
const HEADER_BYTES = 20;
const SLICE_HEADER_BYTES = 8;
const BYTES_PER_RUN = 5;

export interface MaskSlice {
  readonly k: number;
  /** nx * ny labels, x fastest. */
  readonly voxels: Uint8Array;
}

export interface SliceDelta {
  readonly shape: Shape;
  readonly slices: readonly MaskSlice[];
}

export class Vbd1Error extends Error {}

/** The slice of a mask as a view, not a copy. */
export function sliceOf(mask: Uint8Array, shape: Shape, k: number): Uint8Array {
  const size = shape[0] * shape[1];
  return mask.subarray(k * size, (k + 1) * size);
}

/** Where the runs of a slice end. */
function runEnds(voxels: Uint8Array): number[] {
  const scanner = new RunScanner(voxels);
  const ends: number[] = [];
  for (let start = 0; start < voxels.length;) {
    start = scanner.end(start, voxels.length);
    ends.push(start);
  }
  return ends;
}

function writeRuns(voxels: Uint8Array, view: DataView, offset: number, ends: readonly number[]): void {
  let start = 0;
  ends.forEach((end, run) => {
    view.setUint32(offset + 4 * run, end - start, true);
    view.setUint8(offset + 4 * ends.length + run, voxels[start] ?? 0);
    start = end;
  });
}

/** The body of a VBD1 payload before compression, with the given axial slices of the mask. */
export function packSlices(mask: Uint8Array, shape: Shape, ks: readonly number[]): Uint8Array<ArrayBuffer> {
  if (mask.length !== shape[0] * shape[1] * shape[2]) {
    throw new Vbd1Error(`a mask of ${mask.length} voxels does not fill ${shape.join(" x ")}`);
  }
  const ascending = [...new Set(ks)].sort((a, b) => a - b);
  const slices = ascending.map((k) => {
    if (!Number.isInteger(k) || k < 0 || k >= shape[2]) throw new Vbd1Error(`there is no slice ${k}`);
    const voxels = sliceOf(mask, shape, k);
    return { k, voxels, ends: runEnds(voxels) };
  });
  const bytes = slices.reduce((sum, s) => sum + SLICE_HEADER_BYTES + BYTES_PER_RUN * s.ends.length, HEADER_BYTES);
  const packed = new Uint8Array(bytes);
  const view = new DataView(packed.buffer);
  for (let index = 0; index < MAGIC.length; index++) packed[index] = MAGIC.charCodeAt(index);
  [...shape, slices.length].forEach((value, index) => view.setUint32(4 + 4 * index, value, true));
  let offset = HEADER_BYTES;
  for (const { k, voxels, ends } of slices) {
    view.setUint32(offset, k, true);
    view.setUint32(offset + 4, ends.length, true);
    writeRuns(voxels, view, offset + SLICE_HEADER_BYTES, ends);
    offset += SLICE_HEADER_BYTES + BYTES_PER_RUN * ends.length;
  }
  return packed;
}

class Reader {
  private offset = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private need(count: number): void {
    if (this.offset + count > this.bytes.length) throw new Vbd1Error("the payload is cut off");
  }

  text(count: number): string {
    this.need(count);
    const text = String.fromCharCode(...this.bytes.subarray(this.offset, this.offset + count));
    this.offset += count;
    return text;
  }

  u32(): number {
    this.need(4);
    const value = this.view.getUint32(this.offset, true);
    this.offset += 4;
    return value;
  }

  skip(count: number): void {
    this.need(count);
    this.offset += count;
  }

  /** Expand `runs` runs into `voxels`; together they must fill it exactly. */
  runs(runs: number, voxels: Uint8Array): void {
    this.need(BYTES_PER_RUN * runs);
    const labels = this.offset + 4 * runs;
    let filled = 0;
    for (let run = 0; run < runs; run++) {
      const length = this.view.getUint32(this.offset + 4 * run, true);
      if (filled + length > voxels.length) throw new Vbd1Error("runs are longer than their slice");
      voxels.fill(this.bytes[labels + run] ?? 0, filled, filled + length);
      filled += length;
    }
    if (filled !== voxels.length) throw new Vbd1Error("runs do not fill their slice");
    this.offset = labels + runs;
  }

  end(): void {
    if (this.offset !== this.bytes.length) throw new Vbd1Error("bytes follow the last slice");
  }
}

/**
 * Read an uncompressed VBD1 body.
 * @throws Vbd1Error for a wrong magic, another shape than expected, a slice out of range or listed twice,
 *   runs that do not fill their slice, and cut off or trailing bytes
 */
export function unpackSlices(packed: Uint8Array, expected?: Shape): SliceDelta {
  const { shape, slices } = readSlices(packed, expected);
  return { shape, slices: [...slices] };
}

/** Like `unpackSlices`, one slice at a time: what is wrong with a slice is thrown when its turn comes. */
export function readSlices(
  packed: Uint8Array,
  expected?: Shape,
): { readonly shape: Shape; readonly slices: Iterable<MaskSlice> } {
  const reader = new Reader(packed);
  if (reader.text(MAGIC.length) !== MAGIC) throw new Vbd1Error("this is not a VBD1 payload");
  const shape: Shape = [reader.u32(), reader.u32(), reader.u32()];
  if (expected && shape.some((n, axis) => n !== expected[axis])) {
    throw new Vbd1Error(`the payload is for ${shape.join(" x ")}, not ${expected.join(" x ")}`);
  }
  const count = reader.u32();
  if (count > shape[2]) throw new Vbd1Error("more slices than the volume has");
  return { shape, slices: slicesFrom(reader, shape, count) };
}

/** Which axial slices a body holds, without unpacking them. @throws Vbd1Error where it is cut off */
export function slicesListed(packed: Uint8Array): number[] {
  const reader = new Reader(packed);
  reader.skip(HEADER_BYTES - 4);
  return Array.from({ length: reader.u32() }, () => {
    const k = reader.u32();
    reader.skip(BYTES_PER_RUN * reader.u32());
    return k;
  });
}

function* slicesFrom(reader: Reader, shape: Shape, count: number): Generator<MaskSlice> {
  const seen = new Set<number>();
  for (let index = 0; index < count; index++) {
    const k = reader.u32();
    if (k >= shape[2]) throw new Vbd1Error(`there is no slice ${k}`);
    if (seen.has(k)) throw new Vbd1Error(`slice ${k} is listed twice`);
    seen.add(k);
    const voxels = new Uint8Array(shape[0] * shape[1]);
    reader.runs(reader.u32(), voxels);
    yield { k, voxels };
  }
  reader.end();
}

async function through(
  bytes: Uint8Array,
  transform: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  return new Uint8Array(await new Response(source.pipeThrough(transform)).arrayBuffer());
}

/** Compress a body made by `packSlices`. */
export async function deflate(packed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return through(packed, new CompressionStream("deflate"));
}

export async function encodeSlices(
  mask: Uint8Array,
  shape: Shape,
  ks: readonly number[],
): Promise<Uint8Array<ArrayBuffer>> {
  return deflate(packSlices(mask, shape, ks));
}

/** A whole mask: only slices that hold a label are listed. */
export async function encodeMask(mask: Uint8Array, shape: Shape): Promise<Uint8Array<ArrayBuffer>> {
  const ks: number[] = [];
  for (let k = 0; k < shape[2]; k++) {
    if (sliceOf(mask, shape, k).some((label) => label !== 0)) ks.push(k);
  }
  return encodeSlices(mask, shape, ks);
}

export async function decodeSlices(payload: Uint8Array, expected?: Shape): Promise<SliceDelta> {
  let packed: Uint8Array;
  try {
    packed = await through(payload, new DecompressionStream("deflate"));
  } catch (error) {
    throw new Vbd1Error("the payload cannot be decompressed", { cause: error });
  }
  return unpackSlices(packed, expected);
}

/** Read a whole mask. */
export async function decodeMask(payload: Uint8Array, expected?: Shape): Promise<Uint8Array<ArrayBuffer>> {
  const delta = await decodeSlices(payload, expected);
  const mask = new Uint8Array(delta.shape[0] * delta.shape[1] * delta.shape[2]);
  applySlices(mask, delta);
  return mask;
}

export function applySlices(mask: Uint8Array, delta: SliceDelta): void {
  if (mask.length !== delta.shape[0] * delta.shape[1] * delta.shape[2]) {
    throw new Vbd1Error("the delta is for another grid");
  }
  for (const { k, voxels } of delta.slices) sliceOf(mask, delta.shape, k).set(voxels);
}

/** The axial slices in which two masks differ; `candidates` limits the search. */
export function changedSlices(
  before: Uint8Array,
  after: Uint8Array,
  shape: Shape,
  candidates: Iterable<number> = Array(shape[2]).keys(),
): number[] {
  const changed: number[] = [];
  for (const k of candidates) {
    const a = sliceOf(before, shape, k);
    const b = sliceOf(after, shape, k);
    for (let index = 0; index < a.length; index++) {
      if (a[index] !== b[index]) {
        changed.push(k);
        break;
      }
    }
  }
  return changed;
}
