/** What a refusal says of each file: part of an error, which the schema does not describe. */

import * as v from "valibot";
import { ApiError } from "@/api/errors";
import type { CheckFault } from "@/api/types";

const FAULTS = v.object({
  report: v.object({
    faults: v.array(v.object({ file: v.string(), code: v.string(), message: v.string() })),
    faults_count: v.number(),
    extra: v.array(v.string()),
  }),
});

export interface RefusedFiles {
  readonly message: string;
  readonly faults: readonly CheckFault[];
  readonly more: number;
  readonly extra: readonly string[];
}

/** The refusal of an archive file by file; null for any other failure. */
export function refusedFiles(error: unknown): RefusedFiles | null {
  if (!(error instanceof ApiError)) return null;
  const found = v.safeParse(FAULTS, error.extra);
  if (!found.success) return null;
  const { faults, faults_count: all, extra } = found.output.report;
  return { message: error.message, faults, more: all - faults.length, extra };
}
