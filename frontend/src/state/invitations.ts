/** Inviting people, and answering an invitation. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import type { Role } from "@/api/types";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";
import { sessionKey } from "./session";

export type Invitation = components["schemas"]["Invitation"];
export type NewInvitation = components["schemas"]["NewInvitation"];

export function useInvitations(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "members", "invitations"),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/projects/{slug}/invitations", { params: { path: { slug }, query: ALL_ROWS }, signal }),
        ),
      ),
  });
}

export function useInvitationActions(slug: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.projectPart(slug, "members") });
  return {
    invite: useMutation({
      mutationFn: (body: { email: string; role: Role; group_id?: string | null }) =>
        answer(client.POST("/api/v1/projects/{slug}/invitations", { params: { path: { slug } }, body })),
      onSuccess,
    }),
    withdraw: useMutation({
      mutationFn: (id: string) =>
        answer(
          client.DELETE("/api/v1/projects/{slug}/invitations/{invitation_id}", {
            params: { path: { slug, invitation_id: id } },
          }),
        ),
      onSuccess,
    }),
  };
}

/** What is offered to the signed-in person. */
export function useMyInvitations() {
  return useQuery({
    queryKey: keys.myInvitations,
    queryFn: ({ signal }) => answer(client.GET("/api/v1/me/invitations", { signal })),
  });
}

export function useAnswerInvitation() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, accepts }: { id: string; accepts: boolean }) =>
      answer(
        client.PUT("/api/v1/me/invitations/{invitation_id}", {
          params: { path: { invitation_id: id } },
          body: { accepts },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.myInvitations }),
        queries.invalidateQueries({ queryKey: keys.projects }),
        queries.invalidateQueries({ queryKey: keys.myWork }),
        queries.invalidateQueries({ queryKey: sessionKey }),
      ]),
  });
}

/** What the holder of a link is offered; the secret stays in memory and in the address's fragment. */
export function useOffer(token: string) {
  return useQuery({
    queryKey: ["invitation", token],
    queryFn: () => answer(client.POST("/api/v1/invitations/offer", { body: { token } })),
    enabled: token !== "",
    retry: false,
  });
}

export function useAcceptInvitation() {
  return useMutation({
    mutationFn: (body: { token: string; display_name: string; password: string }) =>
      answer(client.POST("/api/v1/invitations/accept", { body })),
  });
}
