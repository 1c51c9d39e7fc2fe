import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ProjectQuality } from "@/api/types";
import { useProject } from "@/state/projects";
import { trainingGap } from "./trainingCases";

/** Tells the manager that raters work without the training that the protocol asks for. */
export function TrainingGap({ slug, quality }: { readonly slug: string; readonly quality: ProjectQuality }) {
  const { protocol } = useProject(slug);
  const gap = trainingGap(protocol.quality?.training_cases ?? 0, quality.answer_keys);
  if (gap === null) return null;
  return (
    <Alert color="amber" icon={<IconAlertTriangle />} mb="md">
      {gap}
    </Alert>
  );
}
