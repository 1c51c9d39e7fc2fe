/** Who is signed in, and what they may do where. */

import { queryOptions, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { signOut } from "@/api/auth";
import { answer, client } from "@/api/client";
import { errorFromResponse } from "@/api/errors";
import type { Me, Role } from "@/api/types";
import { stepStore } from "@/state/edits/stepStore";

export const SIGNED_OUT = null;
export const sessionKey = ["me"] as const;

async function fetchMe(): Promise<Me | null> {
  const { data, error, response } = await client.GET("/api/v1/me");
  // Here being signed out is an answer, not a failure. (DRF says 403 where no scheme challenges.)
  if (response.status === 401 || response.status === 403) return SIGNED_OUT;
  if (data === undefined) throw errorFromResponse(response.status, error);
  return data;
}

export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: fetchMe,
  staleTime: 5 * 60_000,
});

export const configQuery = queryOptions({
  queryKey: ["config"],
  queryFn: () => answer(client.GET("/api/v1/config")),
  staleTime: Infinity,
});

/**
 * The signed-in user. Only below the guarded part of the router, which waits for it. When the session ends, a
 * page keeps its user until the router has left for the sign-in, instead of crashing on the way.
 */
export function useMe(): Me {
  const { data } = useSuspenseQuery(sessionQuery);
  const [last, setLast] = useState(data);
  if (data !== null && data !== last) setLast(data);
  const me = data ?? last;
  if (me === null) throw new Error("useMe is for pages behind the sign-in");
  return me;
}

export function useConfig() {
  return useQuery(configQuery);
}

export function rolesIn(me: Me, slug: string): Role[] {
  return me.memberships.filter((membership) => membership.project.slug === slug).map(({ role }) => role as Role);
}

/** All roles that the user holds in any project; a site administrator's include a manager's. */
export function rolesEverywhere(me: Me): Role[] {
  const roles = me.memberships.map(({ role }) => role as Role);
  return [...new Set(me.is_staff ? [...roles, "manager" as const] : roles)];
}

/** Whether the user may act as one of `roles`; site administrators may act as manager. */
export function mayActAs(me: Me, slug: string, ...roles: Role[]): boolean {
  if (me.is_staff && roles.includes("manager")) return true;
  return rolesIn(me, slug).some((role) => roles.includes(role));
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return useCallback(async () => {
    await signOut();
    // A browser that keeps nothing has nothing to delete.
    await stepStore.forgetAll().catch(() => undefined);
    // Nothing of the former user stays in memory.
    client.clear();
    client.setQueryData(sessionKey, SIGNED_OUT);
  }, [client]);
}
