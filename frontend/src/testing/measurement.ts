import type { Measurement } from "@/api/assignments";

/** Anterior, middle and posterior: 20, 18 and 22 mm. */
export const LINES = [
  [
    [0, 12, 0],
    [0, 12, 20],
  ],
  [
    [0, 0, 0],
    [0, 0, 18],
  ],
  [
    [0, -12, 0],
    [0, -12, 22],
  ],
] as const;

export const MEASURED: Measurement = {
  label: 20,
  volume_ml: 30,
  depth_mm: 30,
  anterior_mm: 20,
  middle_mm: 18,
  posterior_mm: 22,
  spread_mm: [0.2, 0.2, 0.2],
  range_mm: null,
  lines_ras_mm: LINES,
  outline_ras_mm: [
    [0, 15, 0],
    [0, -15, 0],
    [0, 0, 20],
  ],
  axes_ras: null,
  hu_mean: 120,
  hu_sd: 30,
  hu_voxels: 900,
  hu_excluded: "",
  heights_held: false,
  region_ras_mm: [
    [0, 0, 4],
    [0, 8, 4],
    [0, 4, 12],
  ],
  flags: [],
  suggestion: null,
  own_lines: null,
  own_region: null,
};
