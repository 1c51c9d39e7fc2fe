/** The states of one upload, as a pure reducer: nothing here sends anything. */

type ItemStatus = "waiting" | "sending" | "sent" | "failed";

export interface UploadItem {
  readonly path: string;
  readonly size: number;
  readonly sentBytes: number;
  readonly status: ItemStatus;
  readonly problem: string | null;
}

export type UploadState =
  | { readonly phase: "choosing"; readonly problem: string | null }
  | { readonly phase: "preparing"; readonly items: readonly UploadItem[] }
  | { readonly phase: "sending"; readonly batchId: string; readonly items: readonly UploadItem[] }
  /** All that could be sent is; some files failed, and the user decides. */
  | { readonly phase: "incomplete"; readonly batchId: string; readonly items: readonly UploadItem[] }
  /** The server works on it; the batch itself says how far it is. */
  | { readonly phase: "handedOver"; readonly batchId: string };

export type UploadEvent =
  | { readonly type: "chosen"; readonly files: readonly { path: string; size: number }[] }
  /** `received`: bytes that the server holds already, by path, of an upload that is taken up again. */
  | { readonly type: "opened"; readonly batchId: string; readonly received: ReadonlyMap<string, number> }
  | { readonly type: "refused"; readonly problem: string }
  | { readonly type: "started"; readonly path: string }
  | { readonly type: "progress"; readonly path: string; readonly sentBytes: number }
  | { readonly type: "sent"; readonly path: string }
  | { readonly type: "failed"; readonly path: string; readonly problem: string }
  | { readonly type: "retry" }
  | { readonly type: "handedOver"; readonly batchId: string }
  | { readonly type: "reset" };

export const INITIAL: UploadState = { phase: "choosing", problem: null };

/** Events that do not fit the state (a straggling progress after a reset) leave it as it is. */
export function reduce(state: UploadState, event: UploadEvent): UploadState {
  switch (event.type) {
    case "reset":
      return INITIAL;
    case "handedOver":
      return { phase: "handedOver", batchId: event.batchId };
    case "refused":
      return { phase: "choosing", problem: event.problem };
    case "chosen":
      if (state.phase !== "choosing") return state;
      return {
        phase: "preparing",
        items: event.files.map(({ path, size }) => ({ path, size, sentBytes: 0, status: "waiting", problem: null })),
      };
    case "opened":
      if (state.phase !== "preparing") return state;
      return settle({
        phase: "sending",
        batchId: event.batchId,
        items: state.items.map((item) => takenUp(item, event.received.get(item.path))),
      });
    case "retry":
      if (state.phase !== "incomplete") return state;
      return {
        phase: "sending",
        batchId: state.batchId,
        items: state.items.map((item) =>
          item.status === "failed" ? { ...item, status: "waiting", problem: null } : item,
        ),
      };
    default:
      return state.phase === "sending" ? settle({ ...state, items: changeItem(state.items, event) }) : state;
  }
}

type ItemEvent = Extract<UploadEvent, { path: string }>;

function takenUp(item: UploadItem, received: number | undefined): UploadItem {
  if (received === undefined) return item;
  return { ...item, sentBytes: received, status: received === item.size && item.size > 0 ? "sent" : "waiting" };
}

function changeItem(items: readonly UploadItem[], event: ItemEvent): UploadItem[] {
  return items.map((item) => {
    if (item.path !== event.path || item.status === "sent") return item;
    switch (event.type) {
      case "started":
        return { ...item, status: "sending" };
      case "progress":
        return { ...item, sentBytes: Math.min(event.sentBytes, item.size) };
      case "sent":
        return { ...item, status: "sent", sentBytes: item.size };
      case "failed":
        return { ...item, status: "failed", problem: event.problem };
    }
  });
}

/** "incomplete" as soon as no file is under way and at least one failed. */
function settle(state: Extract<UploadState, { phase: "sending" }>): UploadState {
  const busy = state.items.some(({ status }) => status === "waiting" || status === "sending");
  const failed = state.items.some(({ status }) => status === "failed");
  return !busy && failed ? { ...state, phase: "incomplete" } : state;
}

export interface UploadTotals {
  readonly files: number;
  readonly sentFiles: number;
  readonly failedFiles: number;
  readonly bytes: number;
  readonly sentBytes: number;
}

export function totals(items: readonly UploadItem[]): UploadTotals {
  const sum = { files: items.length, sentFiles: 0, failedFiles: 0, bytes: 0, sentBytes: 0 };
  for (const { size, sentBytes, status } of items) {
    sum.bytes += size;
    sum.sentBytes += sentBytes;
    if (status === "sent") sum.sentFiles += 1;
    if (status === "failed") sum.failedFiles += 1;
  }
  return sum;
}

/** Whether every file has arrived, so that the server can begin. */
export function isComplete(state: UploadState): boolean {
  return state.phase === "sending" && state.items.every(({ status }) => status === "sent");
}
