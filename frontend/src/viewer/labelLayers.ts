/** Masks other than the edited one, drawn over a plane: filled, or as outlines in given colours. */

import type { VolumeGeometry } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
import { cssColourOf } from "@/domain/labels";
import {
  heatOf,
  labelSlice,
  paintSlice,
  sliceOfGrid,
  visitEdges,
  type LabelSlice,
  type SlicePicture,
} from "./labelSlice";
import { previewColour, type MaskPreview } from "./maskPreview";
import type { MaskOutline, PaneMask } from "./paneMask";
import { dealtEdges, type Edge } from "./sharedEdges";
import type { PlaneCamera } from "./stage";
import type { MaskStyle } from "./types";

export interface LayerStyle extends MaskStyle {
  readonly hidden: ReadonlySet<number>;
  /** Of the mask that is edited: the vertebra in hand, whose outline stands out by itself. */
  readonly active?: number;
}

type Outline = ReadonlyMap<string, Path2D>;

const OUTLINE_WIDTH = 1.6;
const OWN_WIDTH = 1.1;
const ACTIVE_WIDTH = 2;
const HEAT_OPACITY = 0.75;
/** Over the labels' own colours, and still letting the CT through. */
const PROPOSAL_OPACITY = 0.7;
const NONE: ReadonlySet<number> = new Set();
const SHADOW = "rgba(0, 0, 0, 0.55)";

/** Outlines over a filled mask have a shadow to stand off from it; those of the mask itself have its colours. */
function strokes(colour: string, active: number | undefined): readonly (readonly [string, number])[] {
  if (active !== undefined) return [[colour, colour === cssColourOf(active) ? ACTIVE_WIDTH : OWN_WIDTH]];
  return [
    [SHADOW, OUTLINE_WIDTH + 1.4],
    [colour, OUTLINE_WIDTH],
  ];
}

/** A picture of voxels, where it lies in its slice, and what it was made of; no canvas where there is nothing on it. */
interface Painted {
  readonly of: object;
  readonly canvas: HTMLCanvasElement | null;
  readonly left: number;
  readonly top: number;
}

function painted(of: object, picture: SlicePicture | null): Painted {
  if (!picture) return { of, canvas: null, left: 0, top: 0 };
  const { image, left, top } = picture;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return { of, canvas, left, top };
}

function pathOf(edges: readonly Edge[]): Path2D {
  const path = new Path2D();
  for (const [x1, y1, x2, y2] of edges) {
    path.moveTo(x1, y1);
    path.lineTo(x2, y2);
  }
  return path;
}

function strokeAll(
  context: CanvasRenderingContext2D,
  path: Path2D,
  lines: readonly (readonly [string, number])[],
): void {
  for (const [style, width] of lines) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke(path);
  }
}

/** Keeps what it drew of the slice shown, so that panning and a moving mouse cost no pass over voxels. */
export class LabelLayers {
  private slice = -1;
  private hidden: ReadonlySet<number> | null = null;
  private readonly outlines = new Map<LabelArray, Outline>();
  private together: { readonly of: readonly MaskOutline[]; readonly paths: readonly Path2D[] } | null = null;
  private fill: Painted | null = null;
  private proposal: Painted | null = null;
  /** Read out once for the fill and the outlines of a mask. */
  private readonly slices = new Map<LabelArray, LabelSlice>();

  constructor(
    private readonly viewport: PlaneCamera,
    private readonly geometry: VolumeGeometry,
  ) {}

  /** Voxels have changed: what was kept of them is old. */
  forget(): void {
    this.outlines.clear();
    this.slices.clear();
    this.together = null;
    this.fill = null;
    this.proposal = null;
  }

  draw(context: CanvasRenderingContext2D, source: PaneMask, style: LayerStyle): void {
    if (!style.visible || source.kind === "own" || source.kind === "none") return;
    this.keepUpWith(style);
    context.save();
    if (source.kind === "mask") {
      if (style.look !== "outline")
        this.drawMask(context, source.mask, style.opacity, (slice) => paintSlice(slice, style.hidden));
      if (style.look !== "fill") this.drawOutline(context, source.mask, style);
    } else {
      if (source.heat) this.drawMask(context, source.heat, HEAT_OPACITY, (slice) => paintSlice(slice, NONE, heatOf));
      this.drawTogether(context, source.masks, style.hidden);
    }
    context.restore();
  }

  /** A change that is shown before it is made. */
  drawProposal(context: CanvasRenderingContext2D, preview: MaskPreview, style: LayerStyle): void {
    const { shown } = preview;
    if (!style.visible || !shown) return;
    this.keepUpWith(style);
    if (this.proposal?.of !== shown) {
      const slice = sliceOfGrid((index) => preview.at(index), this.geometry.shape, this.viewport.plane, this.slice);
      this.proposal = painted(shown, paintSlice(slice, NONE, previewColour));
    }
    this.drawPicture(context, this.proposal, PROPOSAL_OPACITY);
  }

  private keepUpWith(style: LayerStyle): void {
    if (this.slice === this.viewport.sliceIndex && this.hidden === style.hidden) return;
    this.forget();
    this.slice = this.viewport.sliceIndex;
    this.hidden = style.hidden;
  }

  /** From voxels of the plane's two axes (voxel centres at whole numbers) to CSS pixels. */
  private transform(): DOMMatrix {
    const { throughAxis, horizontalAxis, verticalAxis } = this.viewport.view;
    const [a, b] = [Math.min(horizontalAxis, verticalAxis), Math.max(horizontalAxis, verticalAxis)];
    const at = (x: number, y: number): [number, number] => {
      const voxel: [number, number, number] = [0, 0, 0];
      voxel[a] = x;
      voxel[b] = y;
      voxel[throughAxis] = this.viewport.sliceIndex;
      return this.viewport.voxelToCanvas(voxel);
    };
    const [ox, oy] = at(0, 0);
    const [ax, ay] = at(1, 0);
    const [bx, by] = at(0, 1);
    return new DOMMatrix([ax - ox, ay - oy, bx - ox, by - oy, ox, oy]);
  }

  private drawMask(
    context: CanvasRenderingContext2D,
    mask: LabelArray,
    opacity: number,
    paint: (slice: LabelSlice) => SlicePicture | null,
  ): void {
    if (this.fill?.of !== mask) this.fill = painted(mask, paint(this.sliceOf(mask)));
    this.drawPicture(context, this.fill, opacity);
  }

  private drawPicture(context: CanvasRenderingContext2D, { canvas, left, top }: Painted, opacity: number): void {
    if (!canvas) return;
    context.save();
    const { a, b, c, d, e, f } = this.transform();
    context.transform(a, b, c, d, e, f);
    context.globalAlpha = opacity;
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, left - 0.5, top - 0.5);
    context.restore();
  }

  /** Outlines in colours of their own; where they run along the same edges, in turns. */
  private drawTogether(
    context: CanvasRenderingContext2D,
    masks: readonly MaskOutline[],
    hidden: ReadonlySet<number>,
  ): void {
    if (this.together?.of !== masks) {
      const edges = masks.map(({ mask, only }) => {
        const found: Edge[] = [];
        visitEdges(
          this.sliceOf(mask),
          (label, ...edge) => hidden.has(label) || (only && !only.has(label)) || found.push(edge),
        );
        return found;
      });
      this.together = { of: masks, paths: dealtEdges(edges).map(pathOf) };
    }
    const transform = this.transform();
    masks.forEach(({ colour }, at) => {
      const placed = new Path2D();
      placed.addPath(this.together?.paths[at] ?? new Path2D(), transform);
      strokeAll(context, placed, strokes(colour, undefined));
    });
  }

  private sliceOf(mask: LabelArray): LabelSlice {
    let slice = this.slices.get(mask);
    if (!slice) {
      slice = labelSlice(mask, this.geometry.shape, this.viewport.plane, this.slice);
      this.slices.set(mask, slice);
    }
    return slice;
  }

  private drawOutline(
    context: CanvasRenderingContext2D,
    mask: LabelArray,
    { hidden, active }: Pick<LayerStyle, "hidden" | "active">,
  ): void {
    const paths = this.outlines.get(mask) ?? this.trace(mask, hidden);
    this.outlines.set(mask, paths);
    const transform = this.transform();
    for (const [own, path] of paths) {
      const placed = new Path2D();
      placed.addPath(path, transform);
      strokeAll(context, placed, strokes(own, active));
    }
  }

  /** The outlines of all labels in the slice, each level in its colour. */
  private trace(mask: LabelArray, hidden: ReadonlySet<number>): Outline {
    const paths = new Map<string, Path2D>();
    visitEdges(this.sliceOf(mask), (label, x1, y1, x2, y2) => {
      if (hidden.has(label)) return;
      const key = cssColourOf(label);
      const path = paths.get(key) ?? new Path2D();
      paths.set(key, path);
      path.moveTo(x1, y1);
      path.lineTo(x2, y2);
    });
    return paths;
  }
}
