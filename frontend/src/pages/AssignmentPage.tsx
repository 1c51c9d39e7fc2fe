import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTakeNext } from "@/components/projects/NextTaskButton";
import { parseVoxel } from "@/components/viewing/place";
import { Workstation } from "@/components/workstation/Workstation";
import type { Finished } from "@/components/workstation/workstationProps";

export function AssignmentPage() {
  const { id } = useParams({ from: "/guarded/assignments/$id" });
  const { voxel, label } = useSearch({ from: "/guarded/assignments/$id" });
  const navigate = useNavigate();
  const startVoxel = useMemo(() => parseVoxel(voxel), [voxel]);
  const { take } = useTakeNext();
  const onFinished = useCallback(
    ({ training, nextIn }: Finished) => {
      const home = (): void => void navigate({ to: "/" });
      if (training) void navigate({ to: "/assignments/$id/feedback", params: { id } });
      else if (nextIn === null) home();
      else take(nextIn, home);
    },
    [navigate, id, take],
  );
  return <Workstation key={id} assignmentId={id} startLabel={label} startVoxel={startVoxel} onFinished={onFinished} />;
}
