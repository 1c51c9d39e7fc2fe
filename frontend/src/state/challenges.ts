import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import type { Challenge, ChallengeSplit } from "@/api/types";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";
import { handIn, sendArchive, type Sending } from "./uploads/archive";

const FOLLOW_MS = 2_000;

/** All challenges that I may see, or those on one release. */
export function useChallenges(release?: string) {
  return useQuery({
    queryKey: keys.challenges(release),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/challenges", {
            params: { query: { ...ALL_ROWS, ...(release !== undefined && { release }) } },
            signal,
          }),
        ),
      ),
  });
}

export function useChallenge(id: string) {
  return useQuery({
    queryKey: keys.challenge(id),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/challenges/{challenge_id}", { params: { path: { challenge_id: id } }, signal })),
  });
}

/** A phase's submissions: my team's, or all of them to organisers. Followed while one is being worked on. */
export function useSubmissions(id: string, split: ChallengeSplit) {
  return useQuery({
    queryKey: [...keys.challenge(id), "submissions", split],
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/challenges/{challenge_id}/phases/{split}/submissions", {
            params: { path: { challenge_id: id, split }, query: ALL_ROWS },
            signal,
          }),
        ),
      ),
    refetchInterval: ({ state }) =>
      state.data?.some((row) => row.state === "waiting" || row.state === "evaluating") ? FOLLOW_MS : false,
  });
}

/** My archives to a phase that have not arrived whole, or were not handed in. */
export function usePendingArchives(id: string, split: ChallengeSplit) {
  return useQuery({
    queryKey: [...keys.challenge(id), "pending", split],
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/challenges/{challenge_id}/phases/{split}/uploads", {
            params: { path: { challenge_id: id, split }, query: ALL_ROWS },
            signal,
          }),
        ),
      ),
  });
}

export function useSubmission(id: string) {
  return useQuery({
    queryKey: ["challenge-submission", id],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/submissions/{submission_id}", {
          params: { path: { submission_id: id } },
          signal,
        }),
      ),
  });
}

export function useLeaderboard(id: string, split: ChallengeSplit) {
  return useQuery({
    queryKey: [...keys.challenge(id), "leaderboard", split],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/challenges/{challenge_id}/phases/{split}/leaderboard", {
          params: { path: { challenge_id: id, split } },
          signal,
        }),
      ),
  });
}

/** Drafts a challenge on a release, or sets the draft `id` anew. */
export function useDraftChallenge(release: string, id?: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["ChallengeInputRequest"]) =>
      answer(
        id === undefined
          ? client.POST("/api/v1/releases/{release_id}/challenges", { params: { path: { release_id: release } }, body })
          : client.PUT("/api/v1/challenges/{challenge_id}", { params: { path: { challenge_id: id } }, body }),
      ),
    onSuccess: (challenge) => {
      queries.setQueryData(keys.challenge(challenge.id), challenge);
      return queries.invalidateQueries({ queryKey: keys.challenges() });
    },
  });
}

export function useChallengeActions(id: string) {
  const queries = useQueryClient();
  const onSuccess = (challenge: Challenge) => {
    queries.setQueryData(keys.challenge(id), challenge);
    return queries.invalidateQueries({ queryKey: keys.challenges() });
  };
  const reload = () => queries.invalidateQueries({ queryKey: keys.challenge(id) });
  const path = { challenge_id: id };
  return {
    open: useMutation({
      mutationFn: () => answer(client.POST("/api/v1/challenges/{challenge_id}/open", { params: { path } })),
      onSuccess,
    }),
    discard: useMutation({
      mutationFn: () => answer(client.DELETE("/api/v1/challenges/{challenge_id}", { params: { path } })),
      onSuccess: () => queries.invalidateQueries({ queryKey: keys.challenges() }),
    }),
    setPhase: useMutation({
      mutationFn: ({
        split,
        ...body
      }: components["schemas"]["ChallengePhaseInputRequest"] & { readonly split: ChallengeSplit }) =>
        answer(
          client.PUT("/api/v1/challenges/{challenge_id}/phases/{split}", {
            params: { path: { ...path, split } },
            body,
          }),
        ),
      onSuccess,
    }),
    makeTeam: useMutation({
      mutationFn: (name: string) =>
        answer(
          client.POST("/api/v1/challenges/{challenge_id}/teams", {
            params: { path },
            body: { name, accepts_rules: true },
          }),
        ),
      onSuccess,
    }),
    askToJoin: useMutation({
      mutationFn: (team: string) =>
        answer(
          client.POST("/api/v1/teams/{team_id}/members", {
            params: { path: { team_id: team } },
            body: { accepts_rules: true },
          }),
        ),
      onSuccess,
    }),
    takeIn: useMutation({
      mutationFn: ({ team, member }: { readonly team: string; readonly member: string }) =>
        answer(
          client.PUT("/api/v1/teams/{team_id}/members/{member_id}", {
            params: { path: { team_id: team, member_id: member } },
          }),
        ),
      onSuccess,
    }),
    removeMember: useMutation({
      mutationFn: ({ team, member }: { readonly team: string; readonly member: string }) =>
        answer(
          client.DELETE("/api/v1/teams/{team_id}/members/{member_id}", {
            params: { path: { team_id: team, member_id: member } },
          }),
        ),
      onSuccess: reload,
    }),
    send: useMutation({
      mutationFn: (sending: Omit<Sending, "challenge">) => sendArchive({ ...sending, challenge: id }),
      onSettled: reload,
    }),
    handIn: useMutation({ mutationFn: handIn, onSettled: reload }),
    discardArchive: useMutation({
      mutationFn: (upload: string) =>
        answer(
          client.DELETE("/api/v1/uploads/predictions/{prediction_id}/", {
            params: { path: { prediction_id: upload }, header: { "Tus-Resumable": "1.0.0" } },
          }),
        ),
      onSettled: reload,
    }),
  };
}
