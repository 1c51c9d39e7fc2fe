/** What all resumable uploads share: tus 1.0, in pieces, tried again for half a minute. */

import type { HttpRequest, UploadOptions } from "tus-js-client";
import { type ApiError, errorFromResponse, offlineError } from "@/api/errors";
import { csrfToken } from "@/api/http";

/** The server's own list is the truth on resuming; nothing is remembered in the browser. */
export const BY_TUS = {
  chunkSize: 8 * 1024 * 1024,
  retryDelays: [0, 1_000, 3_000, 8_000, 20_000],
  storeFingerprintForResuming: false,
  onBeforeRequest: (request: HttpRequest) => {
    const token = csrfToken();
    if (token !== null) request.setHeader("X-CSRFToken", token);
  },
} satisfies UploadOptions;

interface TusFailure extends Error {
  readonly originalResponse?: { getStatus(): number; getBody(): string } | null;
}

/** What the server said about a refused file; without an answer, that there was none. */
export function errorOfTus(error: TusFailure): ApiError {
  const answer = error.originalResponse;
  if (answer === undefined || answer === null) return offlineError();
  return errorFromResponse(answer.getStatus(), parsed(answer.getBody()));
}

/** JSON, or null where a proxy answered with a page of its own. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
