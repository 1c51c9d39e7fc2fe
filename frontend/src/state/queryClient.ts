import { QueryClient } from "@tanstack/react-query";
import { isRetryable } from "@/api/errors";

const MAX_RETRIES = 2;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (count, error) => count < MAX_RETRIES && isRetryable(error),
      },
      mutations: { retry: false },
    },
  });
}
