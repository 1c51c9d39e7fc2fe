/** Runs of equal voxels, found four voxels at a time: most of a mask is background. */

export class RunScanner {
  private readonly words: Uint32Array;

  constructor(private readonly voxels: Uint8Array) {
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
