/** How often which densities occur in a CT. */

export interface Histogram {
  /** HU at the left of the first bin. */
  readonly lowHu: number;
  readonly binHu: number;
  readonly counts: readonly number[];
}

/** From air to metal: what a window is chosen in. */
export const HISTOGRAM_HU = { low: -1100, high: 3100, bin: 30 } as const;
/** Voxels read of one CT: more change nothing that is seen. */
const SAMPLES = 400_000;

/**
 * Counts in bins of equal width; voxels beyond the ends are in none.
 *
 * @param voxels HU; of many voxels every n-th is read, n odd, so that no column of the array is read alone
 */
export function histogramOf(voxels: ArrayLike<number>): Histogram {
  const { low, high, bin } = HISTOGRAM_HU;
  const counts = new Array<number>(Math.ceil((high - low) / bin)).fill(0);
  const step = 2 * Math.floor(voxels.length / SAMPLES / 2) + 1;
  for (let at = 0; at < voxels.length; at += step) {
    const place = Math.floor(((voxels[at] ?? 0) - low) / bin);
    if (place >= 0 && place < counts.length) counts[place] = (counts[place] ?? 0) + 1;
  }
  return { lowHu: low, binHu: bin, counts };
}

/**
 * Heights between 0 and 1, by the logarithm: air and soft tissue have hundreds of times as many voxels as bone.
 */
export function histogramHeights({ counts }: Histogram): number[] {
  const most = Math.log1p(counts.reduce((most, count) => Math.max(most, count), 0));
  return counts.map((count) => (most === 0 ? 0 : Math.log1p(count) / most));
}
