/** The door for what the server sends: it is what its schema says, or an error that tells what is wrong. */

import * as v from "valibot";

/** What came in, or is to go out, as it is held here: nobody changes it. */
export type Incoming<T> = T extends object ? { readonly [Key in keyof T]: Incoming<T[Key]> } : T;

export class IncomingError extends Error {
  override readonly name = "IncomingError";
}

/**
 * A value that came in, as its schema has it.
 *
 * @param what how a reader would call it: it begins the error's message
 * @throws IncomingError naming the first place that is wrong
 */
export function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue);
  throw new IncomingError(`${what}${place === null ? "" : `, ${place}`}: ${issue.message}`);
}
