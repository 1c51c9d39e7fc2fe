/** The layouts of the viewer, as data: which panes each shows, and where. */

import { t } from "@/i18n";
import type { Vec3 } from "@/domain/geometry";
import type { Layout } from "@/state/workstationPreferences";

export type PaneName = "sagittal" | "coronal" | "axial" | "compare" | "three" | "straight";

export const PANE_TITLES: Readonly<Record<PaneName, string>> = {
  sagittal: t("Sagittal"),
  coronal: t("Coronal"),
  axial: t("Axial"),
  compare: t("Sagittal, compared"),
  three: "3D",
  straight: t("Straightened"),
};

export interface LayoutPlan {
  readonly title: string;
  /** CSS grid areas, row by row. */
  readonly areas: readonly (readonly PaneName[])[];
  readonly columns: string;
  readonly rows: string;
}

export const LAYOUT_PLANS: Readonly<Record<Layout, LayoutPlan>> = {
  sagittal: {
    title: t("Sagittal first"),
    areas: [
      ["sagittal", "coronal"],
      ["sagittal", "axial"],
    ],
    columns: "1.25fr 1fr",
    rows: "1fr 1fr",
  },
  axial: {
    title: t("Axial first"),
    areas: [
      ["axial", "sagittal"],
      ["axial", "coronal"],
    ],
    columns: "1.25fr 1fr",
    rows: "1fr 1fr",
  },
  columns: {
    title: t("Three in a row"),
    areas: [["sagittal", "coronal", "axial"]],
    columns: "1fr 1fr 1fr",
    rows: "1fr",
  },
  one: { title: t("One large"), areas: [["sagittal"]], columns: "1fr", rows: "1fr" },
  four: {
    title: t("Four up, with 3D"),
    areas: [
      ["sagittal", "coronal"],
      ["axial", "three"],
    ],
    columns: "1fr 1fr",
    rows: "1fr 1fr",
  },
  compare: {
    title: t("Compare two sagittal panes"),
    areas: [
      ["sagittal", "compare", "coronal"],
      ["sagittal", "compare", "axial"],
    ],
    columns: "1fr 1fr 0.72fr",
    rows: "1fr 1fr",
  },
  straight: {
    title: t("Straightened spine"),
    areas: [
      ["sagittal", "straight", "coronal"],
      ["sagittal", "straight", "axial"],
    ],
    columns: "1fr 0.9fr 0.8fr",
    rows: "1fr 1fr",
  },
};

/** Below this share of its smaller width a volume is a slab: most of it is seen from above. */
const SLAB = 0.5;

/** The layout that a volume opens with: a slab with the axial plane large, where the sagittal one would be. */
export function openingLayout(kept: Layout, shape: Vec3, spacingMm: Vec3): Layout {
  const [width, depth, height] = shape.map((voxels, axis) => voxels * (spacingMm[axis] ?? 1));
  const isSlab = (height ?? 0) < SLAB * Math.min(width ?? 0, depth ?? 0);
  return kept === "sagittal" && isSlab ? "axial" : kept;
}

/** The panes that a layout shows; with one of them alone, that one. */
export function shownPanes(layout: Layout, alone: PaneName | null): ReadonlySet<PaneName> {
  return new Set(alone ? [alone] : LAYOUT_PLANS[layout].areas.flat());
}

export function gridStyle(
  layout: Layout,
  alone: PaneName | null,
): Readonly<Record<"gridTemplateAreas" | "gridTemplateColumns" | "gridTemplateRows", string>> {
  const plan = LAYOUT_PLANS[layout];
  const areas = alone ? [[alone]] : plan.areas;
  return {
    gridTemplateAreas: areas.map((row) => `"${row.join(" ")}"`).join(" "),
    gridTemplateColumns: alone
      ? "minmax(0, 1fr)"
      : plan.columns.replaceAll(/[\d.]+fr/g, (part) => `minmax(0, ${part})`),
    gridTemplateRows: alone ? "minmax(0, 1fr)" : plan.rows.replaceAll(/[\d.]+fr/g, (part) => `minmax(0, ${part})`),
  };
}
