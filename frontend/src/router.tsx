import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { AppLayout } from "@/components/shell/AppLayout";
import { CrashPage } from "@/components/shell/CrashPage";
import { NotFound } from "@/components/shell/NotFound";
import { PageLoader } from "@/components/shell/PageLoader";
import { sessionQuery } from "@/state/session";

interface RouterContext {
  queryClient: QueryClient;
}

/** A path inside the site to go to after sign-in; anything else (another host) is dropped. */
export function safeNext(next: unknown): string | undefined {
  return typeof next === "string" && next.startsWith("/") && !next.startsWith("//") ? next : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  notFoundComponent: NotFound,
  errorComponent: CrashPage,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = safeNext(search["next"]);
    return next === undefined ? {} : { next };
  },
  component: lazyRouteComponent(() => import("@/pages/SignInPage"), "SignInPage"),
});

/** Everything behind the sign-in. */
const guardedRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "guarded",
  beforeLoad: async ({ context, location }) => {
    const me = await context.queryClient.ensureQueryData(sessionQuery);
    if (me === null) {
      throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href } });
    }
  },
});

const shellRoute = createRoute({ getParentRoute: () => guardedRoute, id: "shell", component: AppLayout });

/** The workstation takes the whole window. */
const assignmentRoute = createRoute({
  getParentRoute: () => guardedRoute,
  path: "/assignments/$id",
  validateSearch: (search: Record<string, unknown>): { voxel?: string; label?: number } => ({
    ...(text(search["voxel"]) !== undefined && { voxel: String(search["voxel"]) }),
    ...(Number.isInteger(search["label"]) && { label: Number(search["label"]) }),
  }),
  component: lazyRouteComponent(() => import("@/pages/AssignmentPage"), "AssignmentPage"),
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  component: lazyRouteComponent(() => import("@/pages/MyWorkPage"), "MyWorkPage"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  guardedRoute.addChildren([assignmentRoute, shellRoute.addChildren([homeRoute])]),
]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPendingComponent: PageLoader,
    defaultErrorComponent: CrashPage,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
