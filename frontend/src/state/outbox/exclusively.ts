/** One tab at a time sends what was kept for an assignment. The browser frees the lock when a tab dies. */

export function exclusively<T>(assignmentId: string, work: () => Promise<T>): Promise<T> {
  // Without Web Locks (an insecure address) the server's check of ids still does everything once.
  if (typeof navigator === "undefined" || !("locks" in navigator)) return work();
  return navigator.locks.request(`vertebase-outbox-${assignmentId}`, work) as Promise<T>;
}
