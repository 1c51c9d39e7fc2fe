/** Immutable snapshots of a state, one after the other, for whoever shows them (made for `useSyncExternalStore`). */
export class Snapshots<State extends object> {
  private readonly listeners = new Set<() => void>();
  private closed = false;

  constructor(private state: State) {}

  readonly get = (): State => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** A new snapshot; parts that do not change stay the same objects. */
  set(change: Partial<State>): void {
    if (this.closed) return;
    this.state = { ...this.state, ...change };
    for (const listener of [...this.listeners]) listener();
  }

  /** Nobody is told of anything any more. */
  close(): void {
    this.closed = true;
    this.listeners.clear();
  }
}
