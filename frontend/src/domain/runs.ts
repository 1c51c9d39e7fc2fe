/** Runs of equal voxels, found four voxels at a time: most of a mask is background. */

import type { LabelArray } from "./labelArray";

export class RunScanner {
  private readonly words: Uint32Array;

  constructor(private readonly voxels: LabelArray) {
    this.words = new Uint32Array(voxels.buffer, 0, voxels.buffer.byteLength >> 2);
  }

  /** Where the run that begins at `start` ends, `limit` at the latest. */
  end(start: number, limit: number): number {
    const { voxels, words } = this;
    const label = voxels[start] ?? 0;
    const offset = voxels.byteOffset;
    let index = start + 1;
    for (; index < limit && ((offset + index) & 3) !== 0; index++) if (voxels[index] !== label) return index;
    const four = (label * 0x01010101) >>> 0;
    const lastWord = (offset + limit) >> 2;
    let word = (offset + index) >> 2;
    while (word < lastWord && words[word] === four) word++;
    index = Math.max(index, word * 4 - offset);
    while (index < limit && voxels[index] === label) index++;
    return Math.min(index, limit);
  }
}

export interface LabelRun {
  readonly label: number;
  readonly start: number;
  readonly end: number;
}

/** The runs of labels other than background, none across the end of a row of `rowLength` voxels. */
export function* runsOf(mask: LabelArray, rowLength: number): Generator<LabelRun> {
  const scanner = new RunScanner(mask);
  for (let start = 0; start < mask.length;) {
    const label = mask[start] ?? 0;
    const end = scanner.end(start, label === 0 ? mask.length : start - (start % rowLength) + rowLength);
    if (label !== 0) yield { label, start, end };
    start = end;
  }
}
