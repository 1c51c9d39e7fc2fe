/**
 * One tab works on an assignment at a time. A second one is told and may take over; the first then saves,
 * lets go and becomes read-only. Built on Web Locks, which the browser frees when a tab dies.
 */

export interface TabLock {
  release(): void;
}

export type Claim =
  { readonly kind: "held"; readonly lock: TabLock } | { readonly kind: "busy"; takeOver(): Promise<TabLock> };

export interface TabLockHooks {
  /** Another tab asks for the work: save, then resolve. */
  readonly onAsked: () => Promise<void>;
  /** The work is with another tab now. */
  readonly onLost: () => void;
}

/** How long the other tab may take to save and let go before the lock is taken from it. */
const PATIENCE_MS = 4000;

const lockName = (assignmentId: string): string => `vertebase-assignment-${assignmentId}`;

/** Hold a lock until released; null where it is not to be had. */
function hold(
  name: string,
  options: LockOptions,
  hooks: TabLockHooks,
  channel: BroadcastChannel,
): Promise<TabLock | null> {
  return new Promise((resolve, reject) => {
    let release: (() => void) | null = null;
    navigator.locks
      .request(name, options, (lock) => {
        if (!lock) {
          resolve(null);
          return undefined;
        }
        return new Promise<void>((free) => {
          release = () => {
            channel.removeEventListener("message", onMessage);
            channel.close();
            free();
          };
          const onMessage = (event: MessageEvent<unknown>): void => {
            if (event.data !== "give") return;
            void hooks.onAsked().finally(() => {
              release?.();
              hooks.onLost();
            });
          };
          channel.addEventListener("message", onMessage);
          resolve({ release: () => release?.() });
        });
      })
      .catch((error: unknown) => {
        // Stolen after it was held: the other tab lost its patience. Otherwise it was never ours.
        if (release) hooks.onLost();
        else reject(error instanceof Error ? error : new Error(String(error)));
      });
  });
}

/** Whether some tab of this browser has the assignment open. */
export async function isTabOpen(assignmentId: string): Promise<boolean> {
  if (!("locks" in navigator)) return false;
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === lockName(assignmentId));
}

export async function claimTab(assignmentId: string, hooks: TabLockHooks): Promise<Claim> {
  // Without Web Locks (an insecure address) the server's revision check still refuses silent overwriting.
  if (!("locks" in navigator)) return { kind: "held", lock: { release: () => undefined } };
  const name = lockName(assignmentId);
  const open = (): BroadcastChannel => new BroadcastChannel(name);
  const lock = await hold(name, { ifAvailable: true }, hooks, open());
  if (lock) return { kind: "held", lock };
  return {
    kind: "busy",
    takeOver: async () => {
      const channel = open();
      channel.postMessage("give");
      try {
        const given = await hold(name, { signal: AbortSignal.timeout(PATIENCE_MS) }, hooks, channel);
        if (given) return given;
      } catch {
        // The other tab does not answer (frozen, or busy): its kept edits stay on disk and are offered.
      }
      const stolen = await hold(name, { steal: true }, hooks, channel);
      if (!stolen) throw new Error("the work could not be taken over");
      return stolen;
    },
  };
}
