import type { PairMeasure } from "@/state/reports";

/** Values drawn as worst and best; beyond them the colour stays. */
export const SCALES: Readonly<Record<PairMeasure, { worst: number; best: number; digits: number }>> = {
  dice: { worst: 0.8, best: 1, digits: 3 },
  hd95_mm: { worst: 8, best: 0, digits: 1 },
  kappa: { worst: 0, best: 1, digits: 2 },
};
