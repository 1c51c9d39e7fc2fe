/** The typed client of /api/v1: paths, parameters, bodies and answers are those of the generated schema. */

import createClient from "openapi-fetch";
import { errorFromResponse } from "./errors";
import { fetchWithCsrf, reportSignedOut } from "./http";
import type { paths } from "./schema";

export const client = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => fetchWithCsrf(request),
});

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of a good answer (undefined for 204); a failing status is thrown as an `ApiError`. */
export async function answer<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  const failed = errorFromResponse(response.status, error);
  if (failed.kind === "signed_out") reportSignedOut();
  throw failed;
}
