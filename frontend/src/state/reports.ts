import { useQuery } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import { keys } from "./keys";

/** How the raters of a project agree over all compared cases (managers). */
export function useAgreement(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "agreement"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/agreement", { params: { path: { slug } }, signal })),
  });
}

/** Each rater's figures for managers; one's own, as far as blinding allows, for everybody else. */
export function useReliability(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "reliability"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/reliability", { params: { path: { slug } }, signal })),
  });
}
