/**
 * Query keys. What belongs to a project starts with its slug, so that a message on the project's socket
 * can invalidate just what it touches.
 */
export const keys = {
  projects: ["projects"] as const,
  protocols: ["protocols"] as const,
  engines: ["engines"] as const,
  myWork: ["my-work"] as const,
  project: (slug: string) => ["project", slug] as const,
  projectPart: (slug: string, part: ProjectPart, ...more: unknown[]) => ["project-part", slug, part, ...more] as const,
  batch: (id: string) => ["batch", id] as const,
  series: (id: string) => ["series", id] as const,
  centres: (runId: string) => ["run", runId, "centres"] as const,
  run: (id: string) => ["run", id] as const,
  case: (id: string) => ["case", id] as const,
  consensus: (caseId: string) => ["case", caseId, "consensus"] as const,
  /** The threads that a reader of this assignment may see. */
  comments: (assignmentId: string) => ["comments", assignmentId] as const,
  release: (id: string) => ["release", id] as const,
  /** Without a release: what all lists of challenges start with. */
  challenges: (release?: string) => ["challenges", ...(release === undefined ? [] : [release])] as const,
  challenge: (id: string) => ["challenge", id] as const,
  /** What administrators of the site see; without a part all of it. */
  site: (part?: "accounts" | "acts" | "failed-jobs" | "health" | "queues" | "storage", ...more: unknown[]) =>
    ["site", ...(part === undefined ? [] : [part]), ...more] as const,
  tokens: ["tokens"] as const,
  mailWish: ["mail-wish"] as const,
  myInvitations: ["my-invitations"] as const,
  totp: ["totp"] as const,
};

export type ProjectPart =
  | "board"
  | "cases"
  | "case-views"
  | "case-tags"
  | "series"
  | "quarantine"
  | "same-scans"
  | "held-masks"
  | "batches"
  | "jobs"
  | "runs"
  | "models"
  | "edit-effort"
  | "course"
  | "members"
  | "guidelines"
  | "questions"
  | "drift"
  | "audit"
  | "webhooks"
  | "releases"
  | "statistics"
  | "calibrations"
  | "bone-density"
  | "inclusion"
  | "grading-schema"
  | "agreement"
  | "reliability"
  | "quality"
  | "hasty-work"
  | "training"
  | "automation-bias"
  | "rater-weights";
