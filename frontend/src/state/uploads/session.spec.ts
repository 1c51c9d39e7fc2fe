// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { stubServer, type SeenRequest } from "@/testing/render";
import { uploadSession, type UploadSession } from "./session";

const BATCH = { id: "b1", uploads: [] };
const CREATE = "POST /api/v1/projects/spine/batches";
const PROCESS = "POST /api/v1/batches/b1/process";
const files = (path: string) => [{ path, file: new File(["x"], path) }];

let session: UploadSession;
let number = 0;
const slugNow = () => `spine${number}`;

function serve(process: { status?: number; body?: unknown } = { body: BATCH }): SeenRequest[] {
  return stubServer({
    [CREATE.replace("spine", slugNow())]: { status: 201, body: BATCH },
    [PROCESS]: process,
  });
}

const asked = (seen: readonly SeenRequest[]) => seen.map(({ path }) => path.split("/").at(-1));

beforeEach(() => {
  number += 1;
  session = uploadSession(slugNow());
});
afterEach(() => vi.unstubAllGlobals());

// Without a file nothing has to be sent: the batch is handed over at once.
it("sends uploads one after the other", async () => {
  const seen = serve();
  void session.begin([]);
  void session.begin([]);
  void session.begin([]);
  expect(session.waiting()).toHaveLength(2);
  await vi.waitFor(() => expect(asked(seen)).toHaveLength(6));
  expect(asked(seen)).toEqual(["batches", "process", "batches", "process", "batches", "process"]);
  await vi.waitFor(() => expect(session.snapshot()).toEqual({ phase: "handedOver", batchId: "b1" }));
  expect(session.waiting()).toEqual([]);
});

it("keeps what waits until it is told, where an upload came to nothing", async () => {
  const seen = serve({ status: 409, body: { code: "x", message: "Not now", extra: {} } });
  void session.begin([]);
  void session.begin([]);
  await vi.waitFor(() => expect(session.snapshot()).toMatchObject({ phase: "choosing", problem: "Not now" }));
  expect(session.waiting()).toHaveLength(1);
  expect(asked(seen)).toEqual(["batches", "process"]);
  session.next();
  await vi.waitFor(() => expect(asked(seen)).toHaveLength(4));
});

it("leaves out what is taken out of the queue, and tells of it", () => {
  serve();
  void session.begin([]);
  const [one, two] = [files("one.nii.gz"), files("two.nii.gz")];
  void session.begin(one);
  void session.begin(two);
  const heard = vi.fn();
  session.subscribe(heard);
  session.leaveOut(one);
  expect(session.waiting()).toEqual([two]);
  expect(heard).toHaveBeenCalledOnce();
});
