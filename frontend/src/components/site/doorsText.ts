import type { Account } from "@/api/types";
import { count } from "@/state/format";

/** Through what an account is open at this moment. */
export function doorsText({ sessions, tokens }: Pick<Account, "sessions" | "tokens">): string {
  const parts = [
    ...(sessions > 0 ? [count(sessions, "browser")] : []),
    ...(tokens > 0 ? [count(tokens, "token")] : []),
  ];
  return parts.length > 0 ? parts.join(", ") : "–";
}
