/** Sends an archive of predictions so that it goes on where it stood after a broken line. */

import { Upload as TusUpload } from "tus-js-client";
import { addressOf, answer, client } from "@/api/client";
import type { ChallengeSplit, PendingArchive } from "@/api/types";
import { BY_TUS, errorOfTus } from "./tus";

export interface Sending {
  readonly challenge: string;
  readonly split: ChallengeSplit;
  readonly file: File;
  /** What of the same file has arrived before, if any: it goes on from there. */
  readonly begun: PendingArchive | null;
  readonly onProgress: (fraction: number) => void;
}

/** The archive that the file goes on with: of the same name and size. */
export function begunOf(file: Pick<File, "name" | "size">, pending: readonly PendingArchive[]): PendingArchive | null {
  return pending.find(({ name, size_bytes: size }) => name === file.name && size === file.size) ?? null;
}

/**
 * Sends all of it, or what is missing, and hands it in.
 *
 * @throws ApiError where the server refuses it, or where no answer came for half a minute
 */
export async function sendArchive(sending: Sending): Promise<void> {
  const id = await send(sending);
  await handIn(id);
}

/** Has the server check an archive that has arrived whole. */
export function handIn(id: string) {
  return answer(
    client.POST("/api/v1/uploads/predictions/{prediction_id}/submit", { params: { path: { prediction_id: id } } }),
  );
}

function send({ challenge, split, file, begun, onProgress }: Sending): Promise<string> {
  return new Promise((resolve, reject: (error: Error) => void) => {
    const upload = new TusUpload(file, {
      endpoint: addressOf("/api/v1/uploads/predictions/", {}),
      ...(begun !== null && {
        uploadUrl: addressOf("/api/v1/uploads/predictions/{prediction_id}/", { prediction_id: begun.id }),
      }),
      metadata: { challenge, phase: split, filename: file.name },
      ...BY_TUS,
      onProgress: (sent, all) => onProgress(all > 0 ? sent / all : 0),
      onSuccess: () => resolve(idIn(upload.url ?? "")),
      onError: (error) => reject(errorOfTus(error)),
    });
    upload.start();
  });
}

/** The upload's id: the last part of its address. */
function idIn(url: string): string {
  return url.split("/").filter(Boolean).at(-1) ?? "";
}
