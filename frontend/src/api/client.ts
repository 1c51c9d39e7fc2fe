/** The typed client of /api/v1: paths, parameters, bodies and answers are those of the generated schema. */

import createClient, { type FetchResponse } from "openapi-fetch";
import { errorFromResponse } from "./errors";
import { fetchWithCsrf, reportSignedOut } from "./http";
import type { paths } from "./schema";

export const client = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => fetchWithCsrf(request),
});

type MediaType = `${string}/${string}`;

/** The body of an operation's success. openapi-fetch's own type for it loses the lengths of lists. */
type BodyOf<Operation> = Operation extends { readonly responses: infer Responses }
  ? {
      [Status in keyof Responses & (200 | 201 | 202 | 204)]: Responses[Status] extends {
        readonly content: infer Content;
      }
        ? Content[keyof Content]
        : undefined;
    }[keyof Responses & (200 | 201 | 202 | 204)]
  : never;

/** The body of a good answer (undefined for 204); a failing status is thrown as an `ApiError`. */
export async function answer<Operation extends Record<string | number, unknown>, Options, Media extends MediaType>(
  call: Promise<FetchResponse<Operation, Options, Media>>,
): Promise<BodyOf<Operation>> {
  const { data, error, response } = await call;
  if (response.ok) return data as BodyOf<Operation>;
  const failed = errorFromResponse(response.status, error);
  if (failed.kind === "signed_out") reportSignedOut();
  throw failed;
}

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

/** The address of what a browser asks for by itself (a link, a picture) or what is no JSON. */
export function addressOf<Path extends keyof paths>(
  path: Path,
  names: Readonly<Record<NamesIn<Path>, string | number>>,
): string {
  const given: Readonly<Record<string, string | number>> = names;
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(given[name] ?? ""));
}

type Mutable<T> = T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> } : T;

/** A body that nobody may change, as the client's types want it; sending does not change it. */
export function outgoing<Body>(body: Body): Mutable<Body> {
  return body as Mutable<Body>;
}
