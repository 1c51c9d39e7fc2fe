import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { Workstation } from "@/components/workstation/Workstation";

type Voxel = readonly [number, number, number];

/** "12,34,56" from a link to a place in the CT. */
function parseVoxel(text: string | undefined): Voxel | undefined {
  const parts = (text ?? "").split(",").map(Number);
  const [i, j, k] = parts;
  const sound = parts.length === 3 && parts.every((part) => Number.isInteger(part) && part >= 0);
  return sound && i !== undefined && j !== undefined && k !== undefined ? [i, j, k] : undefined;
}

export function AssignmentPage() {
  const { id } = useParams({ from: "/guarded/assignments/$id" });
  const { voxel, label } = useSearch({ from: "/guarded/assignments/$id" });
  const navigate = useNavigate();
  const startVoxel = useMemo(() => parseVoxel(voxel), [voxel]);
  const onFinished = useCallback(
    (training: boolean) =>
      void (training ? navigate({ to: "/assignments/$id/feedback", params: { id } }) : navigate({ to: "/" })),
    [navigate, id],
  );
  return <Workstation key={id} assignmentId={id} startLabel={label} startVoxel={startVoxel} onFinished={onFinished} />;
}
