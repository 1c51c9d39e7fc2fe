/**
 * The ruler under way: point by point, or two of them in one drag, until it has all of its kind. It lies in the plane
 * that it was begun in; where the reader scrolls on, its next points lie in other slices of that plane.
 */

import type { Plane, Vec3, VolumeGeometry } from "@/domain/geometry";
import { POINTS_OF, rulerText, rulerValue, runningOneWay, type DrawnRuler, type RulerKind } from "@/domain/rulers";
import type { Annotations } from "./annotations";
import type { AnnotationShape } from "./annotationShapes";
import type { Emitter } from "./emitter";
import type { Snapshots } from "./snapshots";
import type { ViewerEvents, ViewerState } from "./types";

const LAYER = "ruler under way";
const RULER_COLOUR = "#7ad7ff";

export interface RulerHost {
  readonly geometry: VolumeGeometry;
  readonly events: Pick<Emitter<ViewerEvents>, "emit">;
  readonly redraw: () => void;
}

/** A ruler as it lies over the planes. */
export function rulerShape(
  ruler: DrawnRuler,
  how: Pick<AnnotationShape, "id" | "handles"> & { readonly name?: string },
): AnnotationShape {
  const { kind, plane, pointsRasMm } = ruler;
  return {
    kind: "polyline",
    id: how.id,
    pointsRasMm,
    colour: RULER_COLOUR,
    planes: [plane],
    pairs: kind === "cobb",
    handles: how.handles ?? "none",
    title: (points) => [how.name, rulerText(kind, rulerValue(kind, points))].filter(Boolean).join(" "),
  };
}

interface Draft {
  readonly kind: RulerKind;
  readonly plane: Plane;
  readonly points: Vec3[];
}

export class RulerPen {
  private draft: Draft | null = null;
  private pointer: Vec3 | null = null;
  private held = false;

  constructor(
    private readonly annotations: Pick<Annotations, "set">,
    private readonly host: RulerHost,
    private readonly snapshots: Snapshots<ViewerState>,
  ) {}

  get isHolding(): boolean {
    return this.held;
  }

  /** Set a point: the next one of what is under way in this plane, else the first. */
  press(kind: RulerKind, plane: Plane, at: Vec3): void {
    if (this.draft?.plane !== plane) this.draft = { kind, plane, points: [] };
    this.draft.points.push(at);
    this.held = true;
    this.pointer = null;
    this.tell();
  }

  /** The pointer is elsewhere in a plane, with or without the button down; null: it has left. */
  hover(plane: Plane, at: Vec3 | null): void {
    if (this.draft?.plane !== plane) return;
    this.pointer = at;
    this.show();
  }

  /** The button is let go; where it was dragged, the next point is there. */
  release(dragged: boolean): void {
    if (!this.held) return;
    this.held = false;
    const { draft, pointer } = this;
    if (draft && dragged && pointer && draft.points.length < POINTS_OF[draft.kind]) draft.points.push(pointer);
    this.pointer = null;
    if (draft && draft.points.length >= POINTS_OF[draft.kind]) this.finish(draft);
    else this.tell();
  }

  private finish({ kind, plane, points }: Draft): void {
    this.cancel();
    const ruler = { kind, plane, pointsRasMm: points };
    // Two points on each other measure nothing: as if it had not been begun.
    if (rulerValue(kind, points) !== null) this.host.events.emit("ruler", runningOneWay(ruler, this.host.geometry));
  }

  /** Take the last point back; false where there is none. */
  removeLast(): boolean {
    if (!this.draft) return false;
    this.draft.points.pop();
    if (this.draft.points.length === 0) return this.cancel();
    this.tell();
    return true;
  }

  /** Drop it; false where there is none. */
  cancel(): boolean {
    const was = this.draft !== null;
    this.draft = null;
    this.pointer = null;
    this.held = false;
    this.tell();
    return was;
  }

  private tell(): void {
    const rulerPoints = this.draft?.points.length ?? 0;
    if (rulerPoints !== this.snapshots.get().rulerPoints) this.snapshots.set({ rulerPoints });
    this.show();
  }

  private show(): void {
    const { draft, pointer } = this;
    const points = draft ? [...draft.points, ...(pointer ? [pointer] : [])] : [];
    const shape = draft && rulerShape({ ...draft, pointsRasMm: points }, { id: "draft", handles: "none" });
    this.annotations.set(LAYER, shape ? [shape] : []);
    this.host.redraw();
  }
}
