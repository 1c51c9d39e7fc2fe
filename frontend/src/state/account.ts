import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { activateTotp, deactivateTotp, recoveryCodes, totpStatus } from "@/api/auth";
import { answer, client } from "@/api/client";
import { keys } from "./keys";
import { sessionKey } from "./session";

export function useUpdateMe() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { display_name?: string; preferences?: Record<string, unknown> }) =>
      answer(client.PATCH("/api/v1/me", { body, keepalive: true })), // arrives though the page is being closed
    onSuccess: (me) => queries.setQueryData(sessionKey, me),
  });
}

export function useTokens() {
  return useQuery({ queryKey: keys.tokens, queryFn: () => answer(client.GET("/api/v1/me/tokens")) });
}

export function useTokenActions() {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.tokens });
  return {
    create: useMutation({
      mutationFn: (body: { name: string; scope: "read" | "annotate" | "manage"; expires_at: string | null }) =>
        answer(client.POST("/api/v1/me/tokens", { body })),
      onSuccess,
    }),
    revoke: useMutation({
      mutationFn: (id: string) =>
        answer(client.DELETE("/api/v1/me/tokens/{token_id}", { params: { path: { token_id: id } } })),
      onSuccess,
    }),
  };
}

export function useMailWish() {
  return useQuery({ queryKey: keys.mailWish, queryFn: () => answer(client.GET("/api/v1/me/mail")) });
}

export function useChangeMailWish() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (often: "never" | "daily" | "weekly") => answer(client.PUT("/api/v1/me/mail", { body: { often } })),
    onSuccess: (wish) => queries.setQueryData(keys.mailWish, wish),
  });
}

/** Which program shows this code; from then on nobody else can answer it. */
export function useLookAtProgram() {
  return useMutation({
    mutationFn: (code: string) => answer(client.POST("/api/v1/me/programs/look", { body: { code } })),
  });
}

/** Let the program that shows this code sign in as oneself, or refuse it. */
export function useAnswerProgram() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { code: string; allows: boolean }) =>
      answer(client.POST("/api/v1/me/programs/answer", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.tokens }),
  });
}

export type Guarded = <T>(action: () => Promise<T>) => Promise<T>;

export function useTotp() {
  return useQuery({ queryKey: keys.totp, queryFn: totpStatus, staleTime: Infinity });
}

/** `guarded` asks for the password where the server wants it once more. */
export function useTotpActions(guarded: Guarded) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.totp });
  return {
    activate: useMutation({ mutationFn: (code: string) => guarded(() => activateTotp(code)), onSuccess }),
    deactivate: useMutation({ mutationFn: () => guarded(deactivateTotp), onSuccess }),
    codes: useMutation({ mutationFn: () => guarded(recoveryCodes) }),
  };
}
