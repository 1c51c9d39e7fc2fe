// @vitest-environment node
import "fake-indexeddb/auto";
import fc from "fast-check";
import { openDB } from "idb";
import { beforeEach, describe, expect, it } from "vitest";
import { treeDigest } from "@/domain/digest";
import type { Shape } from "@/domain/geometry";
import { MaskStore } from "@/domain/maskStore";
import { findSteps, StepKeeper } from "./stepKeeper";
import { MOST_TASKS, openStepStore, type StepStore } from "./stepStore";

const SHAPE: Shape = [4, 3, 5];
const VOXELS = 60;
const MINE = { assignmentId: "a", userId: "me" };

let store: StepStore;
let databases = 0;
beforeEach(() => {
  store = openStepStore(`steps-${++databases}`);
});

interface Opened {
  readonly mask: MaskStore;
  readonly keeper: StepKeeper;
}

const stepsOnDisk = async () => (await openDB(`steps-${databases}`)).count("steps");
const digestOf = (voxels: Uint8Array) => treeDigest(voxels, SHAPE);

/** As the workstation opens a task whose mask on the server is this one. */
async function open(voxels: Uint8Array, mostBytes?: number): Promise<Opened> {
  const digest = await digestOf(voxels);
  const found = await findSteps(store, MINE, digest);
  const mask = new MaskStore(voxels.slice(), SHAPE, found?.kept);
  return { mask, keeper: new StepKeeper({ ...MINE, mask, store, digest, found, ...(mostBytes && { mostBytes }) }) };
}

function paint({ mask, keeper }: Opened, index: number, label: number): void {
  const recorder = mask.begin();
  recorder.set(index, label);
  const changes = recorder.finish();
  if (!changes) return;
  mask.keep({ kind: "brush", name: `${index} is ${label}`, label, changes });
  keeper.note();
}
const undo = ({ mask, keeper }: Opened) => mask.undo() && keeper.note();
const redo = ({ mask, keeper }: Opened) => mask.redo() && keeper.note();

const told = ({ mask: { history, labels } }: Opened) => ({
  steps: history.list.map(({ name, kind, label }) => ({ name, kind, label })),
  applied: history.applied,
  labels: labels.slice(),
});

type Act = (opened: Opened) => unknown;
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(VOXELS - 1), fc.constantFrom(0, 19, 20)).map(
      ([i, l]): Act =>
        (o) =>
          paint(o, i, l),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom<Act>(undo, redo) },
);

describe("steps kept for the next opening", () => {
  it("undo and redo after any number of reloads as if the page had stayed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(act, { maxLength: 8 }), { minLength: 2, maxLength: 4 }), async (sittings) => {
        store = openStepStore(`steps-${++databases}`);
        const stayed = await open(new Uint8Array(VOXELS).fill(19, 3, 9));
        let reloaded = await open(stayed.mask.labels.slice());
        const elsewhere = new StepKeeper({
          ...MINE,
          assignmentId: "b",
          mask: stayed.mask,
          store,
          digest: "",
          found: null,
        });
        for (const acts of sittings) {
          for (const next of acts) {
            next({ mask: stayed.mask, keeper: elsewhere });
            next(reloaded);
          }
          await reloaded.keeper.settled();
          reloaded = await open(reloaded.mask.labels.slice());
          expect(told(reloaded)).toEqual(told(stayed));
        }
        while (stayed.mask.undo()) {
          undo(reloaded);
          expect(told(reloaded)).toEqual(told(stayed));
        }
        expect(reloaded.mask.undo()).toBeNull();
      }),
      { numRuns: 25 },
    );
  });

  it("begin at the mask that the server has: what was not sent is not in it", async () => {
    const work = await open(new Uint8Array(VOXELS));
    paint(work, 0, 19);
    const sent = work.mask.labels.slice();
    paint(work, 1, 20);
    await work.keeper.settled();
    const again = await open(sent);
    expect(told(again)).toMatchObject({ applied: 1, steps: [{ name: "0 is 19" }, { name: "1 is 20" }] });
    again.mask.undo();
    expect(again.mask.labels.slice()).toEqual(new Uint8Array(VOXELS));
  });

  it("prefer the place where the page was, of those with the same mask", async () => {
    const work = await open(new Uint8Array(VOXELS));
    paint(work, 0, 19);
    paint(work, 0, 0);
    undo(work);
    undo(work);
    await work.keeper.settled();
    expect(told(await open(work.mask.labels.slice())).applied).toBe(0);
  });

  it("are dropped, and deleted, where the mask is another one", async () => {
    const work = await open(new Uint8Array(VOXELS));
    paint(work, 0, 19);
    await work.keeper.settled();
    const other = work.mask.labels.slice().fill(28, 7, 8);
    expect(told(await open(other)).steps).toEqual([]);
    expect(await store.read("a")).toBeNull();
  });

  it("are nobody else's, and none where the mask is not edited any more", async () => {
    for (const [whose, editable] of [
      [{ ...MINE, userId: "another" }, true],
      [MINE, false],
    ] as const) {
      const work = await open(new Uint8Array(VOXELS));
      paint(work, 0, 19);
      await work.keeper.settled();
      expect(await findSteps(store, whose, editable ? await work.mask.digest() : null)).toBeNull();
      expect(await store.read("a")).toBeNull();
    }
  });

  it("are dropped where one is missing, or was made in another tab", async () => {
    const work = await open(new Uint8Array(VOXELS));
    for (const index of [0, 1, 2]) paint(work, index, 19);
    await work.keeper.settled();
    const { list, steps } = (await store.read("a"))!;
    const [first, second, third] = steps;
    await store.write(list, [], [second!.key]);
    expect(await findSteps(store, MINE, await work.mask.digest())).toBeNull();
    await store.write({ ...list, keys: [first!.key, third!.key], applied: 2 }, [first!, third!], []);
    expect(await findSteps(store, MINE, await work.mask.digest())).toBeNull();
  });

  it("take so much room and no more: those that undo takes back first are kept", async () => {
    const work = await open(new Uint8Array(VOXELS), 30); // of three voxels
    for (const index of [0, 2, 4, 6, 8]) paint(work, index, 19);
    undo(work);
    await work.keeper.settled();
    const again = await open(work.mask.labels.slice(), 30);
    expect(told(again)).toMatchObject({
      applied: 3,
      steps: [{ name: "2 is 19" }, { name: "4 is 19" }, { name: "6 is 19" }],
    });
    while (again.mask.undo()) continue;
    expect(again.mask.labels.slice()).toEqual(new Uint8Array(VOXELS).fill(19, 0, 1));
    expect(await stepsOnDisk()).toBe(3);
  });

  it("are gone with the task's end, also one that is still being written, and nothing is kept after it", async () => {
    const real = store;
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    store = { ...real, write: (...all) => gate.then(() => real.write(...all)) };
    const work = await open(new Uint8Array(VOXELS));
    paint(work, 0, 19);
    const forgotten = work.keeper.forget();
    paint(work, 1, 19);
    await real.read("a"); // what does not wait is through by now
    goOn();
    await forgotten;
    await work.keeper.settled();
    expect(await real.read("a")).toBeNull();
    expect(await stepsOnDisk()).toBe(0);
  });

  it("do not hold up work where the browser keeps nothing", async () => {
    const refuse = () => Promise.reject(new Error("no room"));
    store = { write: refuse, read: refuse, forget: refuse, forgetAll: refuse };
    const work = await open(new Uint8Array(VOXELS));
    paint(work, 0, 19);
    undo(work);
    await work.keeper.settled();
    await work.keeper.forget();
    expect(work.mask.labels.slice()).toEqual(new Uint8Array(VOXELS));
  });
});

describe("the store of steps", () => {
  const run = Uint8Array.of(1);
  const changes = { starts: Uint32Array.of(0), lengths: Uint32Array.of(1), before: run, after: run, count: 1 };
  const write = (assignmentId: string, at: number) =>
    store.write(
      { assignmentId, userId: "me", keys: [assignmentId], applied: 1, at },
      [
        {
          key: assignmentId,
          assignmentId,
          before: "0",
          after: "1",
          step: { kind: "brush", name: "Paint", label: 1, changes },
        },
      ],
      [],
    );

  it("keeps some tasks, and lets the one go that was left longest ago", async () => {
    for (let task = 0; task < MOST_TASKS; task++) await write(`task-${task}`, task === 0 ? 99 : task);
    await write("one more", 100);
    expect(await store.read("task-0")).not.toBeNull();
    expect(await store.read("task-1")).toBeNull();
    expect(await store.read("one more")).not.toBeNull();
  });

  it("forgets all at sign-out", async () => {
    await write("a", 1);
    await write("b", 2);
    await store.forgetAll();
    expect([await store.read("a"), await store.read("b")]).toEqual([null, null]);
    expect(await stepsOnDisk()).toBe(0);
  });
});
