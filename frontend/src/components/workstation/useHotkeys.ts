import { useCallback, useState } from "react";
import { notifyFailure } from "@/components/common/notify";
import { useUpdateMe } from "@/state/account";
import { useMe } from "@/state/session";
import { parseKeyChanges, type KeyChanges } from "./hotkeys";

export interface KeptHotkeys {
  readonly changes: KeyChanges;
  readonly keep: (changes: KeyChanges) => void;
}

function hotkeysOf(preferences: unknown): unknown {
  return typeof preferences === "object" && preferences !== null && "hotkeys" in preferences
    ? preferences.hotkeys
    : null;
}

/** The user's own keys: at once here, and kept with the account. */
export function useHotkeys(): KeptHotkeys {
  const me = useMe();
  const { mutate } = useUpdateMe();
  const [changes, setChanges] = useState(() => parseKeyChanges(hotkeysOf(me.preferences)));
  const keep = useCallback(
    (next: KeyChanges) => {
      setChanges(next);
      mutate({ preferences: { hotkeys: next } }, { onError: (error) => notifyFailure(error) });
    },
    [mutate],
  );
  return { changes, keep };
}
