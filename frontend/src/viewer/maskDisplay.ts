/** The mask's overlay in the viewports: Cornerstone's labelmap with our colours, opacity and visibility. */

import * as tools from "@cornerstonejs/tools";
import type * as core from "@cornerstonejs/core";
import { colourOf } from "@/domain/labels";

const LABELS = 256;
const LABELMAP = tools.Enums.SegmentationRepresentations.Labelmap;

function colourTable(): core.Types.ColorLUT {
  return Array.from({ length: LABELS }, (_, label): core.Types.Color => {
    if (label === 0) return [0, 0, 0, 0];
    const [r, g, b] = colourOf(label);
    return [r, g, b, 255];
  });
}

export class MaskDisplay {
  constructor(
    private readonly segmentationId: string,
    private readonly viewportIds: readonly string[],
  ) {}

  async show(volumeId: string): Promise<void> {
    const { segmentationId } = this;
    tools.segmentation.addSegmentations([
      {
        segmentationId,
        representation: { type: LABELMAP, data: { volumeId } },
        config: { segments: {} },
      },
    ]);
    for (const viewportId of this.viewportIds) {
      await tools.segmentation.addLabelmapRepresentationToViewport(viewportId, [
        { segmentationId, config: { colorLUTOrIndex: colourTable() } },
      ]);
    }
  }

  setStyle(opacity: number, visible: boolean): void {
    tools.segmentation.config.style.setStyle(
      { type: LABELMAP, segmentationId: this.segmentationId },
      {
        renderFill: true,
        renderOutline: true,
        fillAlpha: opacity,
        outlineWidth: 1,
        outlineOpacity: visible ? 0.9 : 0,
        activeSegmentOutlineWidthDelta: 1,
      },
    );
    for (const viewportId of this.viewportIds) {
      tools.segmentation.config.visibility.setSegmentationRepresentationVisibility(
        viewportId,
        { segmentationId: this.segmentationId, type: LABELMAP },
        visible,
      );
    }
  }

  setLabelVisible(label: number, visible: boolean): void {
    for (const viewportId of this.viewportIds) {
      tools.segmentation.config.visibility.setSegmentIndexVisibility(
        viewportId,
        { segmentationId: this.segmentationId, type: LABELMAP },
        label,
        visible,
      );
    }
  }

  setActive(label: number): void {
    if (label > 0) tools.segmentation.segmentIndex.setActiveSegmentIndex(this.segmentationId, label);
  }

  remove(): void {
    tools.segmentation.removeSegmentation(this.segmentationId);
  }
}
