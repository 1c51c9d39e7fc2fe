/** Scales of small plots that stand beside each other. */

export interface Bounds {
  /** Where the scale must begin or end; otherwise it does at a round number beyond the values. */
  readonly from?: number;
  readonly to?: number;
}

/** 1, 2 or 5 times a power of ten, about a quarter of the span. */
function roundStep(span: number): number {
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const times = [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10;
  return times * power;
}

/** Round numbers from below the smallest value to above the largest, to write beside a scale. */
export function roundTicks(values: readonly number[], least: number): number[] {
  const [low, high] = commonScale(values, least);
  const step = roundStep(Math.max(high - low, 4 * least));
  const count = Math.round((high - low) / step);
  return Array.from({ length: count + 1 }, (_, place) => Number((low + place * step).toPrecision(12)));
}

/**
 * One scale for all of the values, with round ends; values that are all alike get a span of one step.
 *
 * @param least the smallest step that the numbers' digits can show
 */
export function commonScale(values: readonly number[], least: number, { from, to }: Bounds = {}): [number, number] {
  if (values.length === 0) return [from ?? 0, to ?? (from ?? 0) + 1];
  const low = from ?? Math.min(...values);
  const high = Math.max(to ?? Math.max(...values), low);
  const step = roundStep(Math.max(high - low, 4 * least));
  const rounded = (value: number): number => Number((Math.round(value) * step).toPrecision(12));
  const first = from ?? rounded(Math.floor(low / step + 1e-9));
  const last = to ?? rounded(Math.ceil(high / step - 1e-9));
  if (last > first) return [first, last];
  const beside = (value: number): number => Number(value.toPrecision(12));
  return to !== undefined && from === undefined ? [beside(last - step), last] : [first, beside(first + step)];
}
