// Generated from backend/science/labels.py by `python -m backend.science labels --typescript`. Do not edit.

export type Region = "cervical" | "thoracic" | "lumbar" | "sacral" | "coccygeal";

export interface Level {
  /** Number in a mask, as VerSe counts. */
  readonly label: number;
  readonly name: string;
  readonly region: Region;
  /** Position from the head down. */
  readonly order: number;
  /** Graded for fracture: T1-L6 and T13. */
  readonly thoracolumbar: boolean;
  /** sRGB, #rrggbb. */
  readonly color: string;
  readonly rgb: readonly [number, number, number];
}

/** Every level from the head down. */
export const LEVELS: readonly Level[] = [
  { label: 1, name: "C1", region: "cervical", order: 0, thoracolumbar: false, color: "#f66d67", rgb: [246, 109, 103] },
  { label: 2, name: "C2", region: "cervical", order: 1, thoracolumbar: false, color: "#1cdf9d", rgb: [28, 223, 157] },
  { label: 3, name: "C3", region: "cervical", order: 2, thoracolumbar: false, color: "#9769dc", rgb: [151, 105, 220] },
  { label: 4, name: "C4", region: "cervical", order: 3, thoracolumbar: false, color: "#d09106", rgb: [208, 145, 6] },
  { label: 5, name: "C5", region: "cervical", order: 4, thoracolumbar: false, color: "#0ed4f6", rgb: [14, 212, 246] },
  { label: 6, name: "C6", region: "cervical", order: 5, thoracolumbar: false, color: "#cf5290", rgb: [207, 82, 144] },
  { label: 7, name: "C7", region: "cervical", order: 6, thoracolumbar: false, color: "#7ab22c", rgb: [122, 178, 44] },
  { label: 8, name: "T1", region: "thoracic", order: 7, thoracolumbar: true, color: "#a1bcff", rgb: [161, 188, 255] },
  { label: 9, name: "T2", region: "thoracic", order: 8, thoracolumbar: true, color: "#d55c13", rgb: [213, 92, 19] },
  { label: 10, name: "T3", region: "thoracic", order: 9, thoracolumbar: true, color: "#1eb6a5", rgb: [30, 182, 165] },
  { label: 11, name: "T4", region: "thoracic", order: 10, thoracolumbar: true, color: "#ec98ff", rgb: [236, 152, 255] },
  { label: 12, name: "T5", region: "thoracic", order: 11, thoracolumbar: true, color: "#9b860d", rgb: [155, 134, 13] },
  { label: 13, name: "T6", region: "thoracic", order: 12, thoracolumbar: true, color: "#15abeb", rgb: [21, 171, 235] },
  { label: 14, name: "T7", region: "thoracic", order: 13, thoracolumbar: true, color: "#fe9ea9", rgb: [254, 158, 169] },
  { label: 15, name: "T8", region: "thoracic", order: 14, thoracolumbar: true, color: "#01a14a", rgb: [1, 161, 74] },
  { label: 16, name: "T9", region: "thoracic", order: 15, thoracolumbar: true, color: "#9a8bfe", rgb: [154, 139, 254] },
  { label: 17, name: "T10", region: "thoracic", order: 16, thoracolumbar: true, color: "#ffa746", rgb: [255, 167, 70] },
  { label: 18, name: "T11", region: "thoracic", order: 17, thoracolumbar: true, color: "#0498a2", rgb: [4, 152, 162] },
  { label: 19, name: "T12", region: "thoracic", order: 18, thoracolumbar: true, color: "#e16fbf", rgb: [225, 111, 191] },
  { label: 28, name: "T13", region: "thoracic", order: 19, thoracolumbar: true, color: "#b5cb32", rgb: [181, 203, 50] },
  { label: 20, name: "L1", region: "lumbar", order: 20, thoracolumbar: true, color: "#3286e9", rgb: [50, 134, 233] },
  { label: 21, name: "L2", region: "lumbar", order: 21, thoracolumbar: true, color: "#f56f55", rgb: [245, 111, 85] },
  { label: 22, name: "L3", region: "lumbar", order: 22, thoracolumbar: true, color: "#19ddaf", rgb: [25, 221, 175] },
  { label: 23, name: "L4", region: "lumbar", order: 23, thoracolumbar: true, color: "#a265d4", rgb: [162, 101, 212] },
  { label: 24, name: "L5", region: "lumbar", order: 24, thoracolumbar: true, color: "#c69611", rgb: [198, 150, 17] },
  { label: 25, name: "L6", region: "lumbar", order: 25, thoracolumbar: true, color: "#2ed1ff", rgb: [46, 209, 255] },
  { label: 26, name: "S", region: "sacral", order: 26, thoracolumbar: false, color: "#d35182", rgb: [211, 81, 130] },
  { label: 27, name: "Cocc", region: "coccygeal", order: 27, thoracolumbar: false, color: "#65b643", rgb: [101, 182, 67] },
];
