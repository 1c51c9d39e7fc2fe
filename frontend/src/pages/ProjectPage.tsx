import { useSlug } from "@/components/projects/useSlug";
import { BoardView } from "@/components/board/BoardView";
import { ProjectOverview } from "@/components/projects/ProjectOverview";
import { useProject } from "@/state/projects";
import { mayActAs, useMe } from "@/state/session";

/** The board for managers; for everybody else what the project is and what to do in it. */
export function ProjectPage() {
  const slug = useSlug();
  const project = useProject(slug);
  const me = useMe();
  return mayActAs(me, slug, "manager") ? <BoardView project={project} /> : <ProjectOverview project={project} />;
}
