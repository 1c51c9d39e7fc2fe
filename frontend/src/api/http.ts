/** Requests to the own server: cookies, CSRF, and failures as `ApiError`. */

import type { ApiError } from "./errors";
import { errorFromResponse, offlineError } from "./errors";

const CSRF_COOKIE = "csrftoken";
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export function csrfToken(cookies: string = document.cookie): string | null {
  for (const part of cookies.split(";")) {
    const [name, ...value] = part.trim().split("=");
    if (name === CSRF_COOKIE) return decodeURIComponent(value.join("="));
  }
  return null;
}

type SignedOutListener = () => void;
let onSignedOut: SignedOutListener | null = null;

/** Called whenever the server says 401 to a request of ours; the app shows the sign-in page. */
export function setSignedOutListener(listener: SignedOutListener | null): void {
  onSignedOut = listener;
}

export function reportSignedOut(): void {
  onSignedOut?.();
}

/** The body of a failed answer as JSON, or null where it is not JSON (a proxy's page, an empty body). */
async function jsonOrNull(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/**
 * `fetch` with session cookie and CSRF header. Resolves with any answer, also a failing one; rejects with an
 * `ApiError` of kind "offline" where there was no answer, and with the browser's AbortError when aborted.
 */
export async function fetchWithCsrf(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const address = typeof input === "string" ? new URL(input, self.location.href) : input;
  const request = new Request(address, { credentials: "same-origin", ...init });
  if (!SAFE_METHODS.has(request.method)) {
    const token = csrfToken();
    if (token !== null) request.headers.set("X-CSRFToken", token);
  }
  if (!request.headers.has("Accept")) request.headers.set("Accept", "application/json, */*;q=0.5");
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw offlineError();
  }
}

/** Like `fetchWithCsrf`, but a failing status is thrown as an `ApiError`. For binary bodies and answers. */
export async function send(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const response = await fetchWithCsrf(input, init);
  if (response.ok) return response;
  throw await failure(response);
}

/** The `ApiError` for a failed answer; tells the app when the session has ended. */
export async function failure(response: Response, parsed?: unknown): Promise<ApiError> {
  const error = errorFromResponse(response.status, parsed ?? (await jsonOrNull(response)));
  if (error.kind === "signed_out") reportSignedOut();
  return error;
}

/** So long a pause is believed; a longer one would keep work in the browser for a slip of a proxy. */
const LONGEST_PAUSE_MS = 600_000;

/** How long the server asks to be left alone (`Retry-After`, in seconds or as a date), in ms; undefined where it does not. */
export function pauseAskedBy(response: Response): number | undefined {
  const asked = response.headers.get("Retry-After")?.trim() ?? "";
  if (asked === "") return undefined;
  const pause = /^\d+$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - Date.now();
  return Number.isNaN(pause) ? undefined : Math.min(Math.max(pause, 0), LONGEST_PAUSE_MS);
}
