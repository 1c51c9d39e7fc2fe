import { Outlet } from "@tanstack/react-router";
import { useSlug } from "@/components/projects/useSlug";
import { useSetActiveProject } from "@/state/activeProject";
import { useProject } from "@/state/projects";

export function ProjectLayout() {
  const slug = useSlug();
  useSetActiveProject(useProject(slug));
  return <Outlet />;
}
