/** Groups of people in a project, and which one a list is filtered by. Managers only. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client } from "@/api/client";
import type { PeopleGroup } from "@/api/types";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";

const NONE: readonly PeopleGroup[] = [];

export function useGroups(slug: string, enabled = true) {
  return useQuery({
    enabled,
    queryKey: keys.projectPart(slug, "members", "groups"),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(client.GET("/api/v1/projects/{slug}/groups", { params: { path: { slug }, query: ALL_ROWS }, signal })),
      ),
  });
}

interface PeopleChange {
  readonly id: string;
  readonly putIn?: readonly string[];
  readonly takeOut?: readonly string[];
}

export function useGroupActions(slug: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.projectPart(slug, "members") });
  const path = (id: string) => ({ path: { slug, group_id: id } });
  return {
    make: useMutation({
      mutationFn: (name: string) =>
        answer(client.POST("/api/v1/projects/{slug}/groups", { params: { path: { slug } }, body: { name } })),
      onSuccess,
    }),
    rename: useMutation({
      mutationFn: ({ id, name }: { id: string; name: string }) =>
        answer(client.PUT("/api/v1/projects/{slug}/groups/{group_id}", { params: path(id), body: { name } })),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (id: string) =>
        answer(client.DELETE("/api/v1/projects/{slug}/groups/{group_id}", { params: path(id) })),
      onSuccess,
    }),
    change: useMutation({
      mutationFn: ({ id, putIn = [], takeOut = [] }: PeopleChange) =>
        answer(
          client.POST("/api/v1/projects/{slug}/groups/{group_id}/people", {
            params: path(id),
            body: { put_in: [...putIn], take_out: [...takeOut] },
          }),
        ),
      onSuccess,
    }),
  };
}

export interface GroupChoice {
  readonly groups: readonly PeopleGroup[];
  readonly id: string | null;
  readonly choose: (id: string | null) => void;
  /** Whether somebody is in the chosen group; everybody is where none is chosen. */
  readonly holds: (userId: string) => boolean;
}

/** Which group a list is filtered by; one that was deleted meanwhile filters nothing. Only managers are told any. */
export function useGroupChoice(slug: string, isManager = true): GroupChoice {
  const groups = useGroups(slug, isManager).data ?? NONE;
  const [id, choose] = useState<string | null>(null);
  const chosen = groups.find((group) => group.id === id);
  return {
    groups,
    id: chosen?.id ?? null,
    choose,
    holds: (userId) => chosen === undefined || chosen.user_ids.includes(userId),
  };
}
