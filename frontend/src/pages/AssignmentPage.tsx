import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { parseVoxel } from "@/components/viewing/place";
import { Workstation } from "@/components/workstation/Workstation";

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
