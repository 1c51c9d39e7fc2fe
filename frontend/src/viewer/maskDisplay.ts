/** The mask's overlay in the viewports: Cornerstone's labelmap with our colours, opacity and visibility. */

import * as tools from "@cornerstonejs/tools";
import type * as core from "@cornerstonejs/core";
import { colourOf, nameOf } from "@/domain/labels";
import type { MaskStyle } from "./types";

const LABELS = 256;
const ALL_LABELS = Array.from({ length: LABELS - 1 }, (_, index) => index + 1);
const LABELMAP = tools.Enums.SegmentationRepresentations.Labelmap;

function colourTable(): core.Types.ColorLUT {
  return Array.from({ length: LABELS }, (_, label): core.Types.Color => {
    if (label === 0) return [0, 0, 0, 0];
    const [r, g, b] = colourOf(label);
    return [r, g, b, 255];
  });
}

let colours: number | null = null;

/** Cornerstone keeps colour tables for ever, so all viewers share one. */
function colourIndex(): number {
  colours ??= tools.segmentation.config.color.addColorLUT(colourTable());
  return colours;
}

export class MaskDisplay {
  /** Viewports that hold the mask, and whether each shows it. */
  private readonly shownIn = new Map<string, boolean>();
  private readonly hidden = new Set<number>();
  private visible = true;

  constructor(private readonly segmentationId: string) {}

  lend(volumeId: string): void {
    const { segmentationId } = this;
    tools.segmentation.addSegmentations([
      {
        segmentationId,
        representation: { type: LABELMAP, data: { volumeId } },
        // Cornerstone hides only labels that it was told of, so it is told of all.
        config: {
          segments: Object.fromEntries(
            ALL_LABELS.map((label) => [label, { segmentIndex: label, label: nameOf(label) }]),
          ),
        },
      },
    ]);
  }

  /** Show the mask in one more viewport. */
  async attach(viewportId: string): Promise<void> {
    const { segmentationId } = this;
    await tools.segmentation.addLabelmapRepresentationToViewport(viewportId, [
      { segmentationId, config: { colorLUTOrIndex: colourIndex() } },
    ]);
    this.shownIn.set(viewportId, true);
    this.applyVisible(viewportId);
  }

  detach(viewportId: string): void {
    if (!this.shownIn.delete(viewportId)) return;
    tools.segmentation.removeLabelmapRepresentation(viewportId, this.segmentationId);
  }

  /** One viewport may show the CT, or other masks, instead. */
  setShownIn(viewportId: string, shown: boolean): void {
    if (!this.shownIn.has(viewportId)) return;
    this.shownIn.set(viewportId, shown);
    this.applyVisible(viewportId);
  }

  setStyle({ opacity, look, visible }: MaskStyle): void {
    tools.segmentation.config.style.setStyle(
      { type: LABELMAP, segmentationId: this.segmentationId },
      {
        renderFill: look !== "outline",
        renderOutline: look !== "fill",
        fillAlpha: opacity,
        outlineWidth: 1,
        outlineOpacity: visible ? 0.9 : 0,
        activeSegmentOutlineWidthDelta: 1,
      },
    );
    this.visible = visible;
    for (const viewportId of this.shownIn.keys()) this.applyVisible(viewportId);
  }

  private applyVisible(viewportId: string): void {
    tools.segmentation.config.visibility.setSegmentationRepresentationVisibility(
      viewportId,
      { segmentationId: this.segmentationId, type: LABELMAP },
      this.visible && (this.shownIn.get(viewportId) ?? false),
    );
    // With the whole, Cornerstone sets each label: one that is hidden stays so.
    for (const label of this.hidden) this.applyLabelVisible(viewportId, label, false);
  }

  setLabelVisible(label: number, visible: boolean): void {
    if (visible) this.hidden.delete(label);
    else this.hidden.add(label);
    for (const viewportId of this.shownIn.keys()) this.applyLabelVisible(viewportId, label, visible);
  }

  private applyLabelVisible(viewportId: string, label: number, visible: boolean): void {
    tools.segmentation.config.visibility.setSegmentIndexVisibility(
      viewportId,
      { segmentationId: this.segmentationId, type: LABELMAP },
      label,
      visible,
    );
  }

  setActive(label: number): void {
    if (label > 0) tools.segmentation.segmentIndex.setActiveSegmentIndex(this.segmentationId, label);
  }

  remove(): void {
    tools.segmentation.removeSegmentation(this.segmentationId);
  }
}
