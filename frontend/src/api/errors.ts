/**
 * What can go wrong between the browser and the server, as one closed class.
 *
 * The server answers `{code, message, extra}` with a domain code; allauth answers `{status, errors: [...]}`.
 * Both become an `ApiError` with a `kind` that the pages switch over.
 */

import { answered, t } from "@/i18n";

export type ErrorKind =
  | "signed_out" // 401
  | "second_factor" // allauth: a pending step before the session counts
  | "reauthenticate" // allauth: the session stands, and the password is asked for once more
  | "forbidden" // 403
  | "not_found" // 404: absent, or hidden from this user
  | "conflict" // 409
  | "invalid" // 400, 422
  | "too_large" // 413
  | "unavailable" // 5xx
  | "offline"; // no answer at all

export interface FieldProblem {
  readonly field: string | null;
  readonly message: string;
}

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    readonly status: number,
    readonly extra: Readonly<Record<string, unknown>> = {},
    readonly problems: readonly FieldProblem[] = [],
  ) {
    super(message);
  }
}

const FALLBACK_MESSAGES: Record<ErrorKind, string> = {
  signed_out: t("Your session has ended. Sign in again to go on."),
  second_factor: t("A second step is needed to sign in."),
  reauthenticate: t("Your password is asked for once more."),
  forbidden: t("Your role does not allow this."),
  not_found: t("This does not exist, or you do not have access to it."),
  conflict: t("This changed in the meantime. Reload and try again."),
  invalid: t("The server did not accept these values."),
  too_large: t("This is larger than the server accepts."),
  unavailable: t("The server could not answer. Try again in a moment."),
  offline: t("No connection to the server. Check the network and try again."),
};

function kindOfStatus(status: number): ErrorKind {
  switch (status) {
    case 401:
      return "signed_out";
    case 403:
      return "forbidden";
    case 404:
    case 410:
      return "not_found";
    case 409:
    case 423:
      return "conflict";
    case 413:
      return "too_large";
    default:
      return status >= 500 || status === 429 ? "unavailable" : "invalid";
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldProblems(extra: Record<string, unknown>): FieldProblem[] {
  const fields = isRecord(extra["fields"]) ? extra["fields"] : extra;
  const problems: FieldProblem[] = [];
  for (const [field, value] of Object.entries(fields)) {
    const messages = Array.isArray(value) ? value : [];
    for (const message of messages) {
      if (typeof message === "string") {
        problems.push({ field: field === "non_field_errors" ? null : field, message: answered(message) });
      }
    }
  }
  return problems;
}

function fromAllauth(status: number, body: Record<string, unknown>): ApiError {
  const errors = (Array.isArray(body["errors"]) ? body["errors"] : []).filter(isRecord);
  const problems = errors.map((error) => ({
    field: typeof error["param"] === "string" ? error["param"] : null,
    message: answered(String(error["message"] ?? "")),
  }));
  const kind = kindOfStatus(status);
  const first = errors[0];
  const code = typeof first?.["code"] === "string" ? first["code"] : kind;
  return new ApiError(kind, code, problems[0]?.message || FALLBACK_MESSAGES[kind], status, body, problems);
}

/** The error that a response with a failing status stands for. `body` is its parsed JSON, or null. */
export function errorFromResponse(status: number, body: unknown): ApiError {
  const kind = kindOfStatus(status);
  if (!isRecord(body)) return new ApiError(kind, kind, FALLBACK_MESSAGES[kind], status);
  if (Array.isArray(body["errors"])) return fromAllauth(status, body);
  const extra = isRecord(body["extra"]) ? body["extra"] : {};
  const code = typeof body["code"] === "string" ? body["code"] : kind;
  const problems = fieldProblems(extra);
  const given = typeof body["message"] === "string" ? body["message"] : body["detail"];
  const message = typeof given === "string" && given !== "" ? answered(given) : FALLBACK_MESSAGES[kind];
  return new ApiError(kind, code, message, status, extra, problems);
}

export function offlineError(): ApiError {
  return new ApiError("offline", "offline", FALLBACK_MESSAGES.offline, 0);
}

/** A sentence to show for anything thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) {
    const fields = error.problems.filter((problem) => problem.field !== null);
    if (fields.length === 0) return error.message;
    return fields.map((problem) => `${problem.field}: ${problem.message}`).join(" ");
  }
  return error instanceof Error ? error.message : t("Something went wrong.");
}

/** Whether asking again may help without the user changing anything. */
export function isRetryable(error: unknown): boolean {
  return error instanceof ApiError && (error.kind === "offline" || error.kind === "unavailable");
}
