/** Which project the page belongs to: for the navigation and for the live connection. */

import { useEffect, useSyncExternalStore } from "react";

export interface ActiveProject {
  readonly slug: string;
  readonly name: string;
}

let active: ActiveProject | null = null;
const listeners = new Set<() => void>();

function setActive(next: ActiveProject | null): void {
  if (next?.slug === active?.slug && next?.name === active?.name) return;
  active = next;
  for (const listener of listeners) listener();
}

export function useActiveProject(): ActiveProject | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => active,
  );
}

/** Says that the calling page belongs to this project (null while it is not known). */
export function useSetActiveProject(project: ActiveProject | null | undefined): void {
  const slug = project?.slug;
  const name = project?.name;
  useEffect(() => {
    if (slug !== undefined && name !== undefined) setActive({ slug, name });
  }, [slug, name]);
}

/** Says that the calling page stands outside of all projects. */
export function useLeaveProject(): void {
  useEffect(() => setActive(null), []);
}
