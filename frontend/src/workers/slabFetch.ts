/** Fetch one blob of voxels and unpack it. Runs in the worker; plain functions, so that specs can call them. */

const GZIP_MAGIC = [0x1f, 0x8b] as const;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 400;

export class SlabError extends Error {
  constructor(
    message: string,
    readonly status: number | null,
  ) {
    super(message);
  }
}

let inflating: Promise<unknown> = Promise.resolve();

/** One blob after the other, in the order of their coming: all at once, the first would be as late as the last. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = inflating.then(work);
  inflating = result.catch(() => undefined);
  return result;
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  // A proxy may have unpacked the blob on the way (Content-Encoding), so look at the bytes.
  if (bytes[0] !== GZIP_MAGIC[0] || bytes[1] !== GZIP_MAGIC[1]) return bytes.buffer;
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

async function fetchOnce(url: string, voxels: number): Promise<Int16Array<ArrayBuffer>> {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new SlabError(`the server answered ${response.status}`, response.status);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const raw = await inTurn(() => inflate(bytes));
  if (raw.byteLength !== 2 * voxels)
    throw new SlabError(`a blob holds ${raw.byteLength} bytes instead of ${2 * voxels}`, null);
  return new Int16Array(raw);
}

/** Answers that another try cannot change: not signed in, not allowed, not there. */
function isFinal(error: unknown): boolean {
  return error instanceof SlabError && error.status !== null && error.status < 500 && error.status !== 429;
}

/**
 * Int16 voxels of a blob (gzip, little endian), tried again with growing pauses while the network is away.
 * @throws SlabError when it stays away or the blob is not what the index says
 */
export async function fetchVoxels(
  url: string,
  voxels: number,
  pauseMs = FIRST_PAUSE_MS,
): Promise<Int16Array<ArrayBuffer>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchOnce(url, voxels);
    } catch (error) {
      if (isFinal(error) || attempt === ATTEMPTS) {
        if (error instanceof SlabError) throw error;
        throw new SlabError(error instanceof Error ? error.message : "the network is away", null);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs * 2 ** (attempt - 1)));
    }
  }
}
