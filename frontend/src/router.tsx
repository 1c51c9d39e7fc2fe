import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type RouterHistory,
} from "@tanstack/react-router";
import { auditSearch } from "@/components/audit/auditSearch";
import { parsePlace, type Place } from "@/components/viewing/place";
import { AppLayout } from "@/components/shell/AppLayout";
import { CrashPage } from "@/components/shell/CrashPage";
import { NotFound } from "@/components/shell/NotFound";
import { PageLoader } from "@/components/shell/PageLoader";
import { followAccount } from "@/state/language";
import { projectQuery } from "@/state/projects";
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

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  component: lazyRouteComponent(() => import("@/pages/InvitationPage"), "InvitationPage"),
});

const dataRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/data",
  component: lazyRouteComponent(() => import("@/pages/DataPage"), "DataPage"),
});

const dataSetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/data/$id",
  component: lazyRouteComponent(() => import("@/pages/DataSetPage"), "DataSetPage"),
});

const dataConfirmRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/data/confirm",
  component: lazyRouteComponent(() => import("@/pages/DataLinkPages"), "DataConfirmPage"),
});

const dataFilesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/data/files",
  component: lazyRouteComponent(() => import("@/pages/DataLinkPages"), "DataFilesPage"),
});

const forgottenRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgotten-password",
  component: lazyRouteComponent(() => import("@/pages/ForgottenPasswordPage"), "ForgottenPasswordPage"),
});

const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/account/password/reset/key/$key",
  component: lazyRouteComponent(() => import("@/pages/ResetPasswordPage"), "ResetPasswordPage"),
});

const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-up",
  component: lazyRouteComponent(() => import("@/pages/SignUpPage"), "SignUpPage"),
});

const verifyEmailRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/account/verify-email/$key",
  component: lazyRouteComponent(() => import("@/pages/VerifyEmailPage"), "VerifyEmailPage"),
});

/** What the lists keep in the address, so that a filtered list can be sent to somebody. */
interface ListSearch {
  search?: string | undefined;
  ordering?: string | undefined;
  page?: number | undefined;
}

function listSearch(search: Record<string, unknown>): ListSearch {
  const page = Number(search["page"]);
  return {
    search: text(search["search"]),
    ordering: text(search["ordering"]),
    page: Number.isInteger(page) && page > 1 ? page : undefined,
  };
}

/** Everything behind the sign-in. */
const guardedRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "guarded",
  beforeLoad: async ({ context, location }) => {
    const me = await context.queryClient.ensureQueryData(sessionQuery);
    if (me === null) {
      throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href } });
    }
    followAccount(me);
  },
});

const shellRoute = createRoute({ getParentRoute: () => guardedRoute, id: "shell", component: AppLayout });

/** The workstation takes the whole window. */
const assignmentRoute = createRoute({
  getParentRoute: () => guardedRoute,
  path: "/assignments/$id",
  staticData: { staysWhenSignedOut: true },
  validateSearch: (search: Record<string, unknown>): Pick<Place, "voxel" | "label"> => parsePlace(search),
  component: lazyRouteComponent(() => import("@/pages/AssignmentPage"), "AssignmentPage"),
});

/** So does what is only looked at. */
const caseLookRoute = createRoute({
  getParentRoute: () => guardedRoute,
  path: "/cases/$id/view",
  validateSearch: parsePlace,
  component: lazyRouteComponent(() => import("@/pages/LookPages"), "CaseLookPage"),
});

const seriesLookRoute = createRoute({
  getParentRoute: () => guardedRoute,
  path: "/series/$id/view",
  validateSearch: parsePlace,
  component: lazyRouteComponent(() => import("@/pages/LookPages"), "SeriesLookPage"),
});

const releaseItemLookRoute = createRoute({
  getParentRoute: () => guardedRoute,
  path: "/releases/$id/items/$item",
  validateSearch: parsePlace,
  component: lazyRouteComponent(() => import("@/pages/LookPages"), "ReleaseItemLookPage"),
});

/** Where a program's code is entered; it stands behind `#` where the program opened the page. */
const deviceRoute = createRoute({
  getParentRoute: () => guardedRoute,
  path: "/device",
  component: lazyRouteComponent(() => import("@/pages/DevicePage"), "DevicePage"),
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  component: lazyRouteComponent(() => import("@/pages/MyWorkPage"), "MyWorkPage"),
});

const projectsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/projects",
  component: lazyRouteComponent(() => import("@/pages/ProjectsPage"), "ProjectsPage"),
});

const newProjectRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/projects/new",
  component: lazyRouteComponent(() => import("@/pages/NewProjectPage"), "NewProjectPage"),
});

/** Waits for the project, so that a hidden one is a 404 before anything of it is drawn. */
const projectRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/projects/$slug",
  loader: ({ context, params }) => context.queryClient.ensureQueryData(projectQuery(params.slug)),
  component: lazyRouteComponent(() => import("@/pages/ProjectLayout"), "ProjectLayout"),
});

const boardRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/",
  component: lazyRouteComponent(() => import("@/pages/ProjectPage"), "ProjectPage"),
});

const progressRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "progress",
  component: lazyRouteComponent(() => import("@/pages/ProgressPage"), "ProgressPage"),
});

const uploadRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "upload",
  component: lazyRouteComponent(() => import("@/pages/UploadPage"), "UploadPage"),
});

const seriesRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "series",
  validateSearch: (search: Record<string, unknown>): ListSearch & { open?: string | undefined } => ({
    ...listSearch(search),
    open: text(search["open"]),
  }),
  component: lazyRouteComponent(() => import("@/pages/SeriesPage"), "SeriesPage"),
});

const quarantineRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "quarantine",
  component: lazyRouteComponent(() => import("@/pages/QuarantinePage"), "QuarantinePage"),
});

const jobsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "jobs",
  validateSearch: (search: Record<string, unknown>): { state?: string | undefined } => ({
    state: text(search["state"]),
  }),
  component: lazyRouteComponent(() => import("@/pages/JobsPage"), "JobsPage"),
});

const engineRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "engine",
  validateSearch: (search: Record<string, unknown>): { tab?: string | undefined } => ({ tab: text(search["tab"]) }),
  component: lazyRouteComponent(() => import("@/pages/EnginePage"), "EnginePage"),
});

const casesRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "cases",
  validateSearch: (
    search: Record<string, unknown>,
  ): ListSearch & { state?: string | undefined; stage?: string | undefined } => ({
    ...listSearch(search),
    state: text(search["state"]),
    stage: text(search["stage"]),
  }),
  component: lazyRouteComponent(() => import("@/pages/CasesPage"), "CasesPage"),
});

const agreementRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "agreement",
  component: lazyRouteComponent(() => import("@/pages/AgreementPage"), "AgreementPage"),
});

const reliabilityRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "reliability",
  component: lazyRouteComponent(() => import("@/pages/ReliabilityPage"), "ReliabilityPage"),
});

const qualityRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "quality",
  component: lazyRouteComponent(() => import("@/pages/QualityPage"), "QualityPage"),
});

const membersRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "members",
  component: lazyRouteComponent(() => import("@/pages/MembersPage"), "MembersPage"),
});

const auditRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "audit",
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import("@/pages/AuditPage"), "AuditPage"),
});

const guidelinesRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "guidelines",
  validateSearch: (
    search: Record<string, unknown>,
  ): { tab?: string | undefined; question?: string | undefined; since?: number | undefined } => {
    const since = Number(search["since"]);
    return {
      tab: text(search["tab"]),
      question: text(search["question"]),
      since: Number.isInteger(since) && since > 0 ? since : undefined,
    };
  },
  component: lazyRouteComponent(() => import("@/pages/GuidelinesPage"), "GuidelinesPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "settings",
  validateSearch: (search: Record<string, unknown>): { tab?: string | undefined } => ({ tab: text(search["tab"]) }),
  component: lazyRouteComponent(() => import("@/pages/SettingsPage"), "SettingsPage"),
});

const releasesRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "releases",
  component: lazyRouteComponent(() => import("@/pages/ReleasesPage"), "ReleasesPage"),
});

const statisticsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "statistics",
  validateSearch: (search: Record<string, unknown>): { of?: string | undefined } => ({ of: text(search["of"]) }),
  component: lazyRouteComponent(() => import("@/pages/StatisticsPage"), "StatisticsPage"),
});

const calibrationsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "calibrations",
  component: lazyRouteComponent(() => import("@/pages/CalibrationsPage"), "CalibrationsPage"),
});

const releaseRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/releases/$id",
  validateSearch: (search: Record<string, unknown>): { tab?: string | undefined; only?: string | undefined } => ({
    tab: text(search["tab"]),
    only: text(search["only"]),
  }),
  component: lazyRouteComponent(() => import("@/pages/ReleasePage"), "ReleasePage"),
});

const challengesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/challenges",
  component: lazyRouteComponent(() => import("@/pages/ChallengesPage"), "ChallengesPage"),
});

const challengeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/challenges/$id",
  validateSearch: (search: Record<string, unknown>): { tab?: string | undefined } => ({ tab: text(search["tab"]) }),
  component: lazyRouteComponent(() => import("@/pages/ChallengePage"), "ChallengePage"),
});

const caseRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/cases/$id",
  component: lazyRouteComponent(() => import("@/pages/CasePage"), "CasePage"),
});

const feedbackRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/assignments/$id/feedback",
  component: lazyRouteComponent(() => import("@/pages/FeedbackPage"), "FeedbackPage"),
});

const consensusRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/cases/$id/consensus",
  component: lazyRouteComponent(() => import("@/pages/ConsensusPage"), "ConsensusPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("@/pages/AccountPage"), "AccountPage"),
});

const siteRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/site",
  validateSearch: (
    search: Record<string, unknown>,
  ): { tab?: string | undefined; search?: string | undefined; page?: number | undefined } => ({
    ...listSearch(search),
    tab: text(search["tab"]),
  }),
  component: lazyRouteComponent(() => import("@/pages/SitePage"), "SitePage"),
});

const helpRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/help",
  validateSearch: (search: Record<string, unknown>): { guide?: string | undefined; search?: string | undefined } => ({
    guide: text(search["guide"]),
    search: text(search["search"]),
  }),
  component: lazyRouteComponent(() => import("@/pages/HelpPage"), "HelpPage"),
});

const projectRoutes = projectRoute.addChildren([
  boardRoute,
  progressRoute,
  uploadRoute,
  seriesRoute,
  quarantineRoute,
  jobsRoute,
  engineRoute,
  casesRoute,
  agreementRoute,
  reliabilityRoute,
  qualityRoute,
  membersRoute,
  auditRoute,
  guidelinesRoute,
  settingsRoute,
  releasesRoute,
  statisticsRoute,
  calibrationsRoute,
]);

const shellRoutes = shellRoute.addChildren([
  homeRoute,
  projectsRoute,
  newProjectRoute,
  projectRoutes,
  releaseRoute,
  challengesRoute,
  challengeRoute,
  caseRoute,
  feedbackRoute,
  consensusRoute,
  accountRoute,
  siteRoute,
  helpRoute,
]);

const routeTree = rootRoute.addChildren([
  signInRoute,
  invitationRoute,
  dataRoute,
  dataSetRoute,
  dataConfirmRoute,
  dataFilesRoute,
  forgottenRoute,
  resetRoute,
  signUpRoute,
  verifyEmailRoute,
  guardedRoute.addChildren([
    assignmentRoute,
    caseLookRoute,
    seriesLookRoute,
    releaseItemLookRoute,
    deviceRoute,
    shellRoutes,
  ]),
]);

/** @param history the browser's where it is left out */
export function makeRouter(queryClient: QueryClient, history?: RouterHistory) {
  return createRouter({
    routeTree,
    ...(history && { history }),
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
  interface StaticDataRouteOption {
    /** Work is under way here that must not be left for the sign-in page when the session ends. */
    staysWhenSignedOut?: boolean;
  }
}
