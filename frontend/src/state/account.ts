import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { activateTotp, deactivateTotp, recoveryCodes, totpStatus } from "@/api/auth";
import { api } from "@/api/http";
import type { ApiToken, Me, NewApiToken } from "@/api/types";
import { keys } from "./keys";
import { sessionKey } from "./session";

export function useUpdateMe() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (changes: { display_name?: string; preferences?: Record<string, unknown> }) =>
      api.patch<Me>("/me", changes),
    onSuccess: (me) => client.setQueryData(sessionKey, me),
  });
}

export function useTokens() {
  return useQuery({ queryKey: keys.tokens, queryFn: () => api.get<ApiToken[]>("/me/tokens") });
}

export function useTokenActions() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: keys.tokens });
  return {
    create: useMutation({
      mutationFn: (values: { name: string; expires_at: string | null }) =>
        api.post<NewApiToken>("/me/tokens", values),
      onSuccess,
    }),
    revoke: useMutation({ mutationFn: (id: string) => api.remove(`/me/tokens/${id}`), onSuccess }),
  };
}

export function useTotp() {
  return useQuery({ queryKey: keys.totp, queryFn: totpStatus, staleTime: Infinity });
}

export function useRecoveryCodes(enabled: boolean) {
  return useQuery({ queryKey: [...keys.totp, "codes"], queryFn: recoveryCodes, enabled });
}

export function useTotpActions() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: keys.totp });
  return {
    activate: useMutation({ mutationFn: activateTotp, onSuccess }),
    deactivate: useMutation({ mutationFn: deactivateTotp, onSuccess }),
  };
}
