/**
 * Sends a batch of files to the server, some at a time, and goes on while the user looks at other pages.
 *
 * Transport is tus 1.0: after a lost connection each file goes on where the server stands. The server's
 * own list of a batch's uploads is the truth on resuming; nothing is remembered in the browser.
 */

import { Upload as TusUpload } from "tus-js-client";
import { addressOf } from "@/api/client";
import { messageOf } from "@/api/errors";
import type { Batch } from "@/api/types";
import { createBatch, processBatch } from "@/state/imaging";
import type { ChosenFile } from "./files";
import { BY_TUS, errorOfTus } from "./tus";
import { INITIAL, isComplete, reduce, type UploadEvent, type UploadState } from "./machine";

const ENDPOINT = addressOf("/api/v1/uploads/", {});
const AT_A_TIME = 4;

export class UploadSession {
  private state: UploadState = INITIAL;
  private readonly listeners = new Set<() => void>();
  private files = new Map<string, File>();
  private urls = new Map<string, string>();
  private running = new Map<string, TusUpload>();
  private queue: readonly (readonly ChosenFile[])[] = [];
  private readonly names = new Map<string, string>();

  constructor(private readonly slug: string) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): UploadState => this.state;

  /** The uploads that are sent after this one, in their order. */
  readonly waiting = (): readonly (readonly ChosenFile[])[] => this.queue;

  /** What a file was called here, by its upload's id. The server forgets it; so do we with the window. */
  readonly nameOf = (uploadId: string): string | undefined => this.names.get(uploadId);

  /**
   * Sends `files` as a new batch, or, with `unfinished`, the rest of one that was broken off. While another
   * upload is on its way they wait for their turn.
   */
  async begin(files: readonly ChosenFile[], unfinished: Batch | null = null): Promise<void> {
    if (this.state.phase === "handedOver") this.reset();
    if (this.state.phase !== "choosing") {
      this.setQueue([...this.queue, files]);
      return;
    }
    this.files = new Map(files.map(({ path, file }) => [path, file]));
    this.urls.clear();
    this.dispatch({ type: "chosen", files: files.map(({ path, file }) => ({ path, size: file.size })) });
    try {
      const batch =
        unfinished ??
        (await createBatch(
          this.slug,
          files.reduce((sum, { file }) => sum + file.size, 0),
        ));
      const received = new Map<string, number>();
      for (const upload of unfinished?.uploads ?? []) {
        const path = upload.relative_path || upload.name;
        if (this.files.get(path)?.size !== upload.size_bytes) continue;
        received.set(path, upload.offset_bytes);
        this.names.set(upload.id, path);
        this.urls.set(path, addressOf("/api/v1/uploads/{upload_id}/", { upload_id: upload.id }));
      }
      this.dispatch({ type: "opened", batchId: batch.id, received });
      this.fill();
    } catch (error) {
      this.dispatch({ type: "refused", problem: messageOf(error) });
    }
  }

  retry(): void {
    this.dispatch({ type: "retry" });
    this.fill();
  }

  /** Lets the server work on what has arrived; files that failed stay out. */
  async handOver(): Promise<void> {
    if (this.state.phase !== "sending" && this.state.phase !== "incomplete") return;
    const { batchId } = this.state;
    try {
      await processBatch(batchId);
      this.dispatch({ type: "handedOver", batchId });
      this.next();
    } catch (error) {
      this.dispatch({ type: "refused", problem: messageOf(error) });
    }
  }

  /** Sends the first of those that wait: by itself after an upload arrived, on demand after one that did not. */
  next(): void {
    const [first, ...rest] = this.queue;
    if (first === undefined) return;
    this.setQueue(rest);
    void this.begin(first);
  }

  /** Takes one that waits out of the queue. */
  leaveOut(files: readonly ChosenFile[]): void {
    this.setQueue(this.queue.filter((one) => one !== files));
  }

  /** Stops sending. What has arrived stays on the server and can be taken up again. */
  stop(): void {
    for (const upload of this.running.values()) void upload.abort();
    this.running.clear();
    this.dispatch({ type: "reset" });
  }

  /** Back to choosing files, after a batch was handed over. */
  reset(): void {
    this.dispatch({ type: "reset" });
  }

  private dispatch(event: UploadEvent): void {
    const before = this.state;
    this.state = reduce(before, event);
    if (this.state !== before) this.tell();
  }

  private setQueue(queue: readonly (readonly ChosenFile[])[]): void {
    this.queue = queue;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  /** Keeps `AT_A_TIME` files under way; hands over by itself when all have arrived. */
  private fill(): void {
    if (this.state.phase !== "sending") return;
    if (isComplete(this.state)) {
      void this.handOver();
      return;
    }
    for (const { path, status } of this.state.items) {
      if (this.running.size >= AT_A_TIME) return;
      if (status === "waiting" && !this.running.has(path)) this.send(path, this.state.batchId);
    }
  }

  private send(path: string, batchId: string): void {
    const file = this.files.get(path);
    if (file === undefined) return;
    const url = this.urls.get(path);
    const settle = (event: UploadEvent) => {
      // After stop() the state is that of another upload.
      if (!this.running.delete(path)) return;
      this.dispatch(event);
      this.fill();
    };
    const upload = new TusUpload(file, {
      endpoint: ENDPOINT,
      ...(url !== undefined && { uploadUrl: url }),
      metadata: { batch: batchId, filename: file.name, relativePath: path },
      ...BY_TUS,
      onUploadUrlAvailable: () => {
        if (upload.url === null) return;
        this.urls.set(path, upload.url);
        this.names.set(uploadIn(upload.url), path);
      },
      onProgress: (sentBytes) => this.dispatch({ type: "progress", path, sentBytes }),
      onSuccess: () => settle({ type: "sent", path }),
      onError: (error) => settle({ type: "failed", path, problem: errorOfTus(error).message }),
    });
    this.running.set(path, upload);
    this.dispatch({ type: "started", path });
    upload.start();
  }
}

/** The upload's id: the last part of its address. */
function uploadIn(url: string): string {
  return url.split("/").filter(Boolean).at(-1) ?? "";
}

const sessions = new Map<string, UploadSession>();

/** The project's uploads: one after the other, alive while the site is open. */
export function uploadSession(slug: string): UploadSession {
  let session = sessions.get(slug);
  if (session === undefined) {
    session = new UploadSession(slug);
    sessions.set(slug, session);
  }
  return session;
}
