import { useQuery } from "@tanstack/react-query";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { assignments, type Ruler } from "@/api/assignments";
import { middleOf, type Vec3 } from "@/domain/geometry";
import { runningOneWay } from "@/domain/rulers";
import type { RulerToKeep } from "@/state/outbox/acts";
import { rulersKey } from "@/state/outbox/answers";
import type { Outbox } from "@/state/outbox/outbox";
import { rulerShape, type AnnotationShape, type Viewer } from "@/viewer";
import { keptOf, rulerTitle, withDrawn } from "./rulers";
import { usePending } from "./useOutbox";

const LAYER = "rulers";

export interface Rulers {
  readonly list: readonly Ruler[];
  readonly failed: boolean;
  /** False where the work is not in hand any more: nothing is drawn or changed. */
  readonly canDraw: boolean;
  readonly canUndo: boolean;
  readonly go: (ruler: Ruler) => void;
  readonly rename: (ruler: Ruler, name: string) => void;
  readonly remove: (ruler: Ruler) => void;
  /** Take the last change of a ruler back; false where there is none. */
  readonly undo: () => boolean;
}

/** What a ruler was before it was changed; null: it was not there. */
interface Step {
  readonly id: string;
  readonly before: RulerToKeep | null;
}

/** Rulers as the planes draw them. Another person's is marked with who drew it. */
export function rulerShapes(list: readonly Ruler[], canDraw: boolean): AnnotationShape[] {
  return list.map((ruler) =>
    rulerShape(keptOf(ruler), {
      id: ruler.id,
      handles: canDraw && ruler.mine ? "points" : "none",
      name: ruler.mine ? ruler.name : rulerTitle(ruler),
    }),
  );
}

/** Rulers over the planes: those that are kept, and what the reader draws, drags, names and deletes. */
export function useRulers(outbox: Outbox, viewer: Viewer | null, canDraw: boolean): Rulers {
  const { assignmentId } = outbox;
  const { data, error } = useQuery({
    queryKey: rulersKey(assignmentId),
    queryFn: () => assignments.rulers(assignmentId),
    enabled: viewer !== null,
  });
  const pending = usePending(outbox);
  const list = useMemo(() => withDrawn(data ?? [], pending), [data, pending]);
  const [steps, setSteps] = useState<readonly Step[]>([]);

  const keep = (id: string, ruler: RulerToKeep | null): void => {
    const before = list.find((other) => other.id === id);
    setSteps((now) => [...now, { id, before: before ? keptOf(before) : null }]);
    void outbox.add({ kind: "ruler", id, ruler });
  };
  const latest = useRef({ list, keep });
  useLayoutEffect(() => {
    latest.current = { list, keep };
  });
  useEffect(() => {
    if (!viewer) return undefined;
    viewer.setAnnotations(LAYER, rulerShapes(list, canDraw));
    return () => viewer.setAnnotations(LAYER, []);
  }, [viewer, list, canDraw]);
  useEffect(() => {
    if (!viewer || !canDraw) return undefined;
    const stopDrawn = viewer.on("ruler", (ruler) => latest.current.keep(crypto.randomUUID(), { ...ruler, name: "" }));
    const stopMoved = viewer.on("annotation", ({ layer, phase, shapeId, pointsRasMm }) => {
      const was = latest.current.list.find(({ id }) => id === shapeId);
      if (layer !== LAYER || phase !== "end" || !was) return;
      latest.current.keep(was.id, {
        ...runningOneWay({ ...keptOf(was), pointsRasMm }, viewer.geometry),
        name: was.name,
      });
    });
    return () => {
      stopDrawn();
      stopMoved();
    };
  }, [viewer, canDraw]);

  return {
    list,
    failed: error !== null && data === undefined,
    canDraw,
    canUndo: canDraw && steps.length > 0,
    go: ({ points_ras_mm }) => viewer?.jumpTo(middleOf(points_ras_mm as readonly Vec3[])),
    rename: (ruler, name) => keep(ruler.id, { ...keptOf(ruler), name: name.trim() }),
    remove: (ruler) => keep(ruler.id, null),
    undo: () => {
      const last = steps.at(-1);
      if (!last || !canDraw) return false;
      setSteps(steps.slice(0, -1));
      void outbox.add({ kind: "ruler", id: last.id, ruler: last.before });
      return true;
    },
  };
}
