import { useParams } from "@tanstack/react-router";

/** The project's slug in the address. Only for pages below /projects/$slug. */
export function useSlug(): string {
  const { slug } = useParams({ strict: false });
  if (slug === undefined) throw new Error("this page is not below /projects/$slug");
  return slug;
}
